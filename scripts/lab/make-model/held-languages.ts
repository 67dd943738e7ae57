import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The languages of Common Voice that no training and no cohort hears, as `training/held_languages.py`
 * names them: people at their own microphones, on whom thresholds are measured.
 */
const HELD = new Set(['ja', 'ta', 'th', 'sv_se', 'uz', 'ka', 'el', 'fi', 'hu', 'lv']);

const CORPUS = 'common_voice';

/** Whether a speaker of the training folder is kept out of training, such as `common_voice/ja-02b8`. */
export function isHeld(speaker: string): boolean {
  const [corpus, folder = ''] = speaker.split('/');
  return corpus === CORPUS && HELD.has(languageOf(folder));
}

/**
 * Writes the trial list of these languages: all pairs within each, so that neither channel nor
 * language tells impostors apart.
 *
 * @param folder - Of the training speech, which names are relative to.
 */
export async function writeHeldTrials(folder: string, path: string): Promise<void> {
  const clips = new Map<string, { readonly speaker: string; readonly file: string }[]>();
  for (const speaker of (await readdir(join(folder, CORPUS))).sort()) {
    const language = languageOf(speaker);
    if (!HELD.has(language)) continue;
    const ofLanguage = clips.get(language) ?? [];
    for (const file of (await readdir(join(folder, CORPUS, speaker))).sort()) {
      ofLanguage.push({ speaker, file: `${CORPUS}/${speaker}/${file}` });
    }
    clips.set(language, ofLanguage);
  }
  const lines = [...clips.values()].flatMap((all) =>
    all.flatMap((a, i) =>
      all.slice(i + 1).map((b) => `${a.speaker === b.speaker ? 1 : 0} ${a.file} ${b.file}`),
    ),
  );
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${lines.join('\n')}\n`);
}

/** `sv_se-0123456789ab` is a folder of language `sv_se`. */
function languageOf(speaker: string): string {
  return speaker.slice(0, speaker.lastIndexOf('-'));
}
