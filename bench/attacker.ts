import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { AttackReport, AttackRequest } from './attackProcess.ts';
import type { Answers } from './attacks/answers.ts';
import type { AttackTarget } from './attacks/attack.ts';

/** An attack in a process of its own. */
export interface Attacker {
  /** @returns how its requests were answered */
  strike(ms: number): Promise<Answers>;
  /** Ends it, with all connections that it holds. */
  end(): Promise<void>;
}

function ask(child: ChildProcess, request: AttackRequest): Promise<Answers> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('The attacking process has ended.'));
    child.once('exit', ended);
    child.once('message', ({ answers, failed }: AttackReport) => {
      child.off('exit', ended);
      if (answers) resolve(answers);
      else reject(new Error(failed));
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
