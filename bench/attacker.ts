import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { AttackRequest } from './attackProcess.ts';
import type { AttackTarget } from './attacks/attack.ts';

/** An attack in a process of its own. */
export interface Attacker {
  strike(ms: number): Promise<void>;
  /** Ends it, with all connections that it holds. */
  end(): Promise<void>;
}

function ask(child: ChildProcess, request: AttackRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('The attacking process has ended.'));
    child.once('exit', ended);
    child.once('message', (answer: { failed?: string }) => {
      child.off('exit', ended);
      if (answer.failed === undefined) resolve();
      else reject(new Error(answer.failed));
    });
    child.send(request);
  });
}

/** @returns once the attack has what it needs */
export async function startAttacker(name: string, target: AttackTarget): Promise<Attacker> {
  const child = fork(join(import.meta.dirname, 'attackProcess.js'), { stdio: 'inherit' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await ask(child, { ask: 'prepare', name, target });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    strike: (ms) => ask(child, { ask: 'strike', ms }),
    async end() {
      child.send({ ask: 'end' } satisfies AttackRequest);
      const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(patience);
    },
  };
}
