import { type Answers, takeAnswers } from './attacks/answers.ts';
import type { AttackTarget, Strike } from './attacks/attack.ts';
import { attacks } from './attacks/attacks.ts';

/**
 * What the bench sends to the attacking process. It is a process of its own, so that an attack's own cost slows no clock
 * here.
 */
export type AttackRequest =
  | { readonly ask: 'prepare'; readonly name: string; readonly target: AttackTarget }
  | { readonly ask: 'strike'; readonly ms: number }
  | { readonly ask: 'end' };

/** What it answers: how its requests were answered since the last time, or why it failed. */
export interface AttackReport {
  readonly answers?: Answers;
  readonly failed?: string;
}

let strike: Strike | undefined;

async function answer(request: AttackRequest): Promise<void> {
  if (request.ask === 'prepare') strike = await attacks[request.name]?.prepare(request.target);
  else if (request.ask === 'strike') await strike?.run(AbortSignal.timeout(request.ms));
  else {
    await strike?.close?.();
    process.disconnect();
  }
}

const report = (said: AttackReport) => process.connected && process.send?.(said);

process.on('message', (request: AttackRequest) => {
  answer(request).then(
    () => report({ answers: takeAnswers() }),
    (error: unknown) => report({ failed: String(error) }),
  );
});
// Running requests need not be waited for: they are an attacker's.
process.on('disconnect', () => process.exit(0));
