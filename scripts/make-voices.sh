#!/bin/sh
# Makes the synthesized voices of demo/voices and e2e/fixtures (see demo/voices/README.md).
# Needs flite, espeak-ng and sox; the files are in the repository, so nobody has to run this.
set -eu
cd "$(dirname "$0")/.."

# Voice by person: a woman and a man of flite, a man of espeak-ng. Voices of one engine that were
# built alike (slt, awb, rms) are too much alike for the default encoder.
people='ada:slt ben:kal16 cal:en-us+m7'

say() { # VOICE TEXT FILE
  raw=$(mktemp --suffix .wav)
  coarse=$(mktemp --suffix .wav)
  case $1 in
    *+*) espeak-ng -v "$1" -w "$raw" "$2" ;;
    *) flite -voice "$1" -t "$2" -o "$raw" ;;
  esac
  # 12 of 16 bits, which FLAC stores as 12: the noise stays 60 dB below the speech. Without dither,
  # so that the same machine makes the same file again.
  sox -D "$raw" -b 16 -r 16000 -c 1 "$coarse" norm -6 vol 0.0625
  sox -D "$coarse" --add-comment '' "$3" vol 16
  rm -f "$raw" "$coarse"
}

for entry in $people; do
  person=${entry%%:*}
  voice=${entry##*:}
  say "$voice" 'The morning train was late again, so we walked along the river to the old market.' \
    "demo/voices/$person-1.flac"
  say "$voice" 'She keeps her recipes in a blue box on the shelf above the kitchen window.' \
    "demo/voices/$person-2.flac"
  say "$voice" 'Nobody expected the storm to turn north before it reached the harbour wall.' \
    "demo/voices/$person-3.flac"
  say "$voice" 'Please leave the parcel with the neighbour if there is no answer at the door.' \
    "demo/voices/$person-4.flac"
done
say slt 'Good morning.' e2e/fixtures/two-words.flac
