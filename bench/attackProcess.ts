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

let strike: Strike | undefined;

async function answer(request: AttackRequest): Promise<void> {
  if (request.ask === 'prepare') strike = await attacks[request.name]?.prepare(request.target);
  else if (request.ask === 'strike') await strike?.run(AbortSignal.timeout(request.ms));
  else {
    await strike?.close?.();
    process.disconnect();
  }
}

process.on('message', (request: AttackRequest) => {
  answer(request).then(
    () => process.connected && process.send?.({ done: true }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
// Running requests need not be waited for: they are an attacker's.
process.on('disconnect', () => process.exit(0));
