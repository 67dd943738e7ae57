import type { Finding } from './finding.js';
import { ROOMS, roomOf } from './rooms.js';
import { isTest, resolveImport, type Sources } from './sources.js';
import { nameOf, nodeIn, parseModule, visit } from './syntax.js';

/** What each source file of `src` imports from the others, for types as well. Tests are free. */
type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Imports that climb, and files in a room that the list of rooms does not have. */
export function judgeRooms(sources: Sources): readonly Finding[] {
  const places = new Map(ROOMS.map(({ name }, place) => [name, place]));
  const findings: Finding[] = [];
  for (const [file, targets] of importGraph(sources)) {
    const room = roomOf(file);
    const place = places.get(room);
    if (place === undefined) {
      const what = `stands in no room: move it, or add "${room}" to scripts/check/rooms.ts`;
      findings.push({ where: file, what });
      continue;
    }
    for (const target of targets) {
      const other = places.get(roomOf(target));
      if (other === undefined || other <= place) continue;
      const what = `${room} stands above ${roomOf(target)} and must not know it: move what it needs up, or hand it in`;
      findings.push({ where: `${file} -> ${target}`, what });
    }
  }
  return findings;
}

/** Circles of imports between files. */
export function judgeCircles(sources: Sources): readonly Finding[] {
  return circlesOf(importGraph(sources)).map((circle) => ({
    where: circle.join(' <-> '),
    what: 'import each other in a circle: move what they share into a file that imports none of them',
  }));
}

function importGraph(sources: Sources): ImportGraph {
  const graph = new Map<string, readonly string[]>();
  for (const [file, text] of sources) {
    if (!file.startsWith('src/') || isTest(file)) continue;
    const targets = requestsOf(file, text).flatMap(
      (request) => resolveImport(sources, file, request) ?? [],
    );
    graph.set(file, [...new Set(targets)].sort());
  }
  return graph;
}

function requestsOf(file: string, text: string): readonly string[] {
  const { body, module } = parseModule(file, text);
  const requests = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  for (const statement of body) {
    visit(statement, (node) => {
      if (node.type === 'ImportExpression' || node.type === 'TSImportType') {
        const request = nameOf(nodeIn(node, 'source') ?? nodeIn(node, 'argument'));
        if (request !== undefined) requests.push(request);
      }
      return true;
    });
  }
  return requests;
}

/** Strongly connected components of more than one file (Tarjan, 1972). */
function circlesOf(graph: ImportGraph): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const lower = (file: string, to: number) =>
    lowest.set(file, Math.min(lowest.get(file) ?? to, to));
  const walk = (file: string): void => {
    order.set(file, order.size);
    lower(file, order.size - 1);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) {
        walk(target);
        lower(file, lowest.get(target) ?? order.size);
      } else if (stack.includes(target)) {
        lower(file, order.get(target) ?? order.size);
      }
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) walk(file);
  return circles;
}
