import { exactText } from '../exact/json.ts';
import { paint, plain, say } from '../terminal/output.ts';
import type { Difference, Plan, Step } from './plan.ts';

const signs = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  unarchive: ['~', 'yellow'],
  archive: ['-', 'red'],
  delete: ['-', 'red'],
} as const;

const maxValue = 100;

function shortJson(value: unknown): string {
  const text = plain(exactText(value ?? null));
  return text.length > maxValue ? `${text.slice(0, maxValue)}…` : text;
}

/** `+ webhook shop/books`: the sentence of a step. */
export const stepText = ({ verb, kind, name }: Step): string => {
  const [sign, colour] = signs[verb];
  return `${paint(colour, `${sign} ${verb}`)} ${kind} ${plain(name)}`;
};

const differenceText = ({ member, from, to }: Difference): string =>
  `      ${member}: ${shortJson(from)} → ${shortJson(to)}`;

export function sayPlan({ steps, unmanaged, notCompared }: Plan): void {
  for (const step of steps) {
    say(`  ${stepText(step)}`);
    for (const difference of step.differences) say(differenceText(difference));
  }
  for (const { kind, name } of unmanaged) {
    say(`  ${paint('dim', `  not in the file: ${kind} ${plain(name)} (--prune takes it away)`)}`);
  }
  for (const { kind, name, members } of notCompared) {
    const what = `not compared, because the product never shows it: ${kind} ${plain(name)}: ${plain(members.join(', '))}`;
    say(`  ${paint('dim', what)}`);
  }
  if (steps.length === 0) say(notCompared.length === 0 ? 'Nothing differs.' : 'Nothing else differs.');
  else say(`${steps.length} ${steps.length === 1 ? 'change' : 'changes'}.`);
}

/** The plan for programs. */
export const planJson = ({ steps, unmanaged, notCompared }: Plan): object => ({
  steps: steps.map(({ verb, kind, name, differences }) => ({ verb, kind, name, differences })),
  unmanaged,
  notCompared,
});
