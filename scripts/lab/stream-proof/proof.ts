import type { StreamMode, StreamOptions, StreamTurn } from '../../../src/stream/types.js';
import type { Verifier } from '../../../src/verifier/types.js';
import type { Conversation } from './conversations.js';
import { type Enrollments, listen } from './listen.js';
import { judgeTurns, type Moment, type SpokenTurn } from './turn-errors.js';
import { type Floor, floorsOf, type Switch, switchesOf } from './turn-switches.js';

/** A conversation whose speakers are known. */
export type Labelled = Conversation & { readonly spoken: readonly SpokenTurn[] };

/** How a stream did in one conversation. */
export interface Outcome {
  readonly conversation: Labelled;
  readonly enrolled: readonly string[];
  readonly named: readonly StreamTurn[];
  readonly moments: readonly Moment[];
  readonly switches: readonly Switch[];
  readonly floors: readonly Floor[];
  readonly firstDecisionSeconds: number | undefined;
}

/** Listens to conversations one after the other. */
export async function prove(
  verifier: Verifier,
  enrollments: Enrollments,
  conversations: readonly Labelled[],
  mode: StreamMode,
  options: StreamOptions = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const conversation of conversations) {
    // Nobody of it could be enrolled: the refusals are reported by themselves.
    if (!conversation.voices.some((voice) => enrollments.names.has(voice))) continue;
    const heard = await listen(verifier, conversation, enrollments, mode, options);
    outcomes.push(
      judgeOutcome(conversation, heard.enrolled, heard.turns, heard.firstDecisionSeconds),
    );
  }
  return outcomes;
}

/** Judges what was named in a conversation. */
function judgeOutcome(
  conversation: Labelled,
  enrolled: readonly string[],
  named: readonly StreamTurn[],
  firstDecisionSeconds: number | undefined,
): Outcome {
  const moments = judgeTurns(conversation.spoken, named, enrolled);
  return {
    conversation,
    enrolled,
    named,
    moments,
    switches: switchesOf(named, moments),
    floors: floorsOf(named, moments),
    firstDecisionSeconds,
  };
}
