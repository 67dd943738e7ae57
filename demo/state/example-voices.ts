import { keepOffline } from '../offline/keep-offline.js';

/** The synthesized voices that ship with the demo, fetched once so that using them asks nobody. */
const FILES = import.meta.glob<string>('../voices/**/*.{wav,flac,ogg,mp3,opus,webm,m4a}', {
  query: '?url',
  import: 'default',
  eager: true,
});

export interface ExampleVoice {
  readonly speaker: string;
  readonly name: string;
  readonly file: Blob;
}

let voices: Promise<readonly ExampleVoice[]> | undefined;

/** Example utterances by speaker: `voices/anna/1.wav` and `voices/anna-1.wav` are both Anna's. */
export function exampleVoices(): Promise<readonly ExampleVoice[]> {
  voices ??= Promise.all(
    Object.entries(FILES).map(async ([path, url]) => {
      await keepOffline();
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      const [, name = path] = /voices\/(.+)\.\w+$/.exec(path) ?? [];
      return { speaker: speakerOf(name), name, file: await response.blob() };
    }),
  );
  return voices;
}

function speakerOf(name: string): string {
  const [first = name] = name.split(/[/_-]/);
  return first.charAt(0).toUpperCase() + first.slice(1);
}
