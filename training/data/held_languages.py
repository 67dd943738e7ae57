"""The languages of Common Voice that no training, teacher's label or cohort hears: a development list.

    python -m data.held_languages --speech ../../shared/speech --out /tmp/train/trials

Writes LANGUAGE.txt, VoxCeleb's form of a trial list (`1 enroll test`), paths relative to --speech:
all pairs within a language, so that no channel or language tells impostors apart.
"""

import argparse
import itertools
from pathlib import Path

# 10 of 56 languages of six families, 231 speakers, of whom 137 have two clips or more.
HELD = ("ja", "ta", "th", "sv_se", "uz", "ka", "el", "fi", "hu", "lv")


def language_of(speaker_folder: str) -> str:
    """`sv_se-0123456789ab` is a folder of language `sv_se`."""
    return speaker_folder.rsplit("-", 1)[0]


def is_held(corpus: str, speaker_folder: str) -> bool:
    return corpus == "common_voice" and language_of(speaker_folder) in HELD


def trials(corpus: Path, language: str) -> list[str]:
    clips = sorted(p for folder in corpus.iterdir() if language_of(folder.name) == language
                   for p in folder.iterdir())
    path = lambda clip: clip.relative_to(corpus.parents[1])
    return [f"{int(a.parent == b.parent)} {path(a)} {path(b)}"
            for a, b in itertools.combinations(clips, 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, default=Path("../../shared/speech"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for language in HELD:
        rows = trials(options.speech / "train" / "common_voice", language)
        (options.out / f"{language}.txt").write_text("\n".join(rows) + "\n")
        print(f"{language}: {len(rows)} trials, {sum(row[0] == '1' for row in rows)} target")


if __name__ == "__main__":
    main()
