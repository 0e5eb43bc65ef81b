import { startAttacker } from './attacker.ts';
import type { Answers } from './attacks/answers.ts';
import { attacks } from './attacks/attacks.ts';
import { Innocent, type Service } from './innocent.ts';
import type { Installation } from './installation.ts';
import { peakMemoryMb } from './processTree.ts';
import type { ReceiverProcess } from './receiverProcess.ts';
import { createTenant } from './tenant.ts';

/** The service that an innocent organization gets alone, and beside one attack. */
export interface Fairness {
  readonly attack: string;
  readonly alone: Service;
  readonly attacked: Service;
  /** How the attack’s requests were answered; null if some never were. An attack of which all were refused measures a refusal. */
  readonly answers: Answers | null;
  /** Peak resident memory of the API, in MiB. */
  readonly peakMb: number;
}

/** Under attack, a p99 may be twice its value without, and in any case this much. Milliseconds. */
const allowedMs = 50;
/**
 * How long calls or an attack run before they are measured. What the first ones compile, cache and connect is no effect of the attack,
 * nor is what memory costs that the machine has taken back meanwhile: a virtual machine may need 20 µs for each page that was idle.
 */
const warmUpSeconds = 3;
const kinds = ['publish', 'query', 'receive', 'subscribe'] as const;

/** The figures of an innocent organization that exceed what an attack may do to them. */
export const unfair = ({ alone, attacked }: Fairness): string[] => [
  ...kinds.filter((kind) => !(attacked[kind].p99Ms <= Math.max(allowedMs, 2 * alone[kind].p99Ms))),
  ...(attacked.failures > 0 ? ['failures'] : []),
];

/**
 * Measures an innocent organization, then attacks the installation from another one and measures again.
 *
 * @param start - makes a new installation for each attack, so that none inherits another's state
 * @param names - the attacks; all of them if empty
 */
export async function measureFairness(
  start: () => Promise<Installation>,
  receiver: ReceiverProcess,
  seconds: number,
  names: readonly string[],
  say: (text: string) => void,
): Promise<Fairness[]> {
  const unknown = names.find((name) => !(name in attacks));
  if (unknown !== undefined) throw new Error(`There is no attack ${unknown}: say ${Object.keys(attacks).join(', ')}.`);
  const found: Fairness[] = [];
  for (const name of names.length > 0 ? names : Object.keys(attacks)) {
    const installation = await start();
    try {
      const measured = await measureOne(installation, receiver, seconds, name, say);
      found.push(measured);
      say(`${name}: its requests: ${answersText(measured.answers)}`);
      say(`\n${fairnessTable([measured])}`);
    } finally {
      await installation.close();
    }
  }
  return found;
}

async function measureOne(
  installation: Installation,
  receiver: ReceiverProcess,
  seconds: number,
  attack: string,
  say: (text: string) => void,
): Promise<Fairness> {
  const tenant = await createTenant(installation, 'Innocent', `${receiver.url}/innocent`);
  const innocent = await Innocent.start(tenant, receiver);
  const attacker = await startAttacker(attack, await createTenant(installation, 'Attacker'));
  try {
    await installation.atRest();
    say(`${attack}: alone`);
    await innocent.measure(warmUpSeconds);
    const alone = await innocent.measure(seconds);
    say(`${attack}: under attack`);
    const before = attacks[attack]?.once ? 0 : warmUpSeconds;
    const struck = attacker.strike((before + seconds) * 1_000);
    if (before > 0) await innocent.measure(before);
    const attacked = await innocent.measure(seconds);
    // An attack that still waits for answers has nothing more to report.
    const answers = await Promise.race([
      struck,
      new Promise<null>((resolve) => setTimeout(resolve, 5_000, null).unref()),
    ]);
    return { attack, alone, attacked, answers, peakMb: peakMemoryMb(installation.parts.api.pid) };
  } finally {
    await attacker.end();
    await innocent.close();
  }
}

/** For example `2,095 served, 12 UNAVAILABLE`. */
function answersText(answers: Answers | null): string {
  if (answers === null) return 'not answered within 5 s of its end';
  const counts = Object.entries(answers).sort(([, a], [, b]) => b - a);
  return counts.map(([outcome, count]) => `${count.toLocaleString('en')} ${outcome}`).join(', ') || 'none answered';
}

/** One row for each attack: p99 alone and under attack, in milliseconds, and the figures beyond their bounds. */
export function fairnessTable(found: readonly Fairness[]): string {
  const cell = (text: string, width: number) => text.padStart(width);
  const lines = [
    `  ${'p99 alone → under attack, ms'.padEnd(66)}${kinds.map((kind) => cell(kind, 16)).join('')}${cell('failures', 12)}${cell('API, MiB', 12)}`,
  ];
  for (const each of found) {
    const ms = (value: number) => (Number.isNaN(value) ? 'none' : value.toFixed(0));
    const beyond = unfair(each);
    lines.push(
      `  ${`${each.attack}: ${attacks[each.attack]?.title}`.padEnd(66)}` +
        kinds
          .map((kind) => {
            const mark = beyond.includes(kind) ? ' !' : '';
            return cell(`${ms(each.alone[kind].p99Ms)} → ${ms(each.attacked[kind].p99Ms)}${mark}`, 16);
          })
          .join('') +
        cell(String(each.attacked.failures), 12) +
        cell(each.peakMb.toFixed(0), 12),
    );
  }
  return `${lines.join('\n')}\n`;
}
