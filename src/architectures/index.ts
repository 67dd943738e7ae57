import { beatsSystem } from './beats/system.js';
import { campplusSystem } from './campplus/system.js';
import { causalTdnnSystem } from './causal-tdnn/system.js';
import { ecapaTdnnSystem } from './ecapa-tdnn/system.js';
import { taoEcapaTdnnSystem } from './ecapa-tdnn-tao/system.js';
import { wespeakerEcapaTdnnSystem } from './ecapa-tdnn-wespeaker/system.js';
import { eres2netSystem } from './eres2net/system.js';
import { espnetSpeakerSystem } from './espnet-speaker/system.js';
import { hyperMixingSystem } from './hypermixing/system.js';
import { resnetSystem } from './resnet/system.js';
import { simamResnetSystem } from './simam-resnet/system.js';
import { statisticsPoolingSystem } from './statistics-pooling/system.js';
import { streamingConvolutionSystem } from './streaming-convolution/system.js';
import type { ArchitectureSystem } from './system.js';

/**
 * THE list: every published system whose graphs are built here. Where a bare class name stands for
 * several (`ECAPA_TDNN`), the first in the list has it.
 *
 * To add one, make a folder and add a line here; nothing else names a system.
 *
 * 1. `<system>/graph.ts`: the upstream classes as `UpstreamModule` (`module.ts`): `cls` is the
 *    dotted upstream name, `configure` checks upstream's constructor arguments (`parseOptions`),
 *    describes inputs and outputs, and builds the graph from a `StateDict` under upstream's keys.
 *    The whole encoder takes features `[batch, frames, bands]` and gives the embedding first;
 *    other intermediate values are further outputs under the names that reference cases give them.
 * 2. `<system>/blocks/`: its parts. What a second system needs goes to `layers/`.
 * 3. `<system>/system.ts`: an `ArchitectureSystem` (`system.ts`): those classes; `encoders`, which
 *    `voiceprint convert` knows by name, each with the front end that upstream trains it on; and
 *    `recognize`, which reads class and constructor arguments off keys and shapes and says in
 *    `notes` what they cannot tell. Keys must tell the system from every other of the list.
 *
 * A reference case whose `cls` is one of the classes is then compared by `voiceprint parity`, from
 * features and, through the encoder's front end, from waveform.
 */
export const SYSTEMS: readonly ArchitectureSystem[] = [
  ecapaTdnnSystem,
  espnetSpeakerSystem,
  wespeakerEcapaTdnnSystem,
  taoEcapaTdnnSystem,
  campplusSystem,
  resnetSystem,
  simamResnetSystem,
  eres2netSystem,
  beatsSystem,
  causalTdnnSystem,
  hyperMixingSystem,
  streamingConvolutionSystem,
  statisticsPoolingSystem,
];
