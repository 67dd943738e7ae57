import { createServer } from 'node:http';
import type { ModelFolder } from './model-folder.fixture.js';

/** A static server of model folders, such as the hub is. */
export interface FolderServer {
  /** With a trailing slash. */
  readonly address: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Serves folders under their names; what is not there is a 404. */
export async function serveFolders(
  folders: Readonly<Record<string, ModelFolder>>,
): Promise<FolderServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    requests.push(path);
    const name = Object.keys(folders).find((folder) => path.startsWith(`${folder}/`));
    const content = name === undefined ? undefined : folders[name]?.[path.slice(name.length + 1)];
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': Buffer.byteLength(content) }).end(content);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `http://127.0.0.1:${port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
