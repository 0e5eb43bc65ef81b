import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../core/ground/packageRoot.ts';

/** An alert of deploy/prometheus. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

export const rulesFile = join(packageRoot, 'deploy/prometheus/everhook.rules.yaml');
const boardFile = join(packageRoot, 'deploy/grafana/everhook.json');

export async function alerts(): Promise<Alert[]> {
  const { groups } = parse(await readFile(rulesFile, 'utf8')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** The expressions of the board's panels and of their variables. */
export async function boardQueries(): Promise<string[]> {
  const found: string[] = [];
  JSON.parse(await readFile(boardFile, 'utf8'), (key, value) => {
    if (key === 'expr') found.push(value);
    return value;
  });
  return found;
}

const operators = /^(and|or|unless|bool|offset|by|on|without|ignoring|group_left|group_right|atan2|inf|nan)$/i;

/** The names of the metrics in an expression of PromQL. What Prometheus itself adds, such as ALERTS, is left out. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replace(/\boffset\s+\w+/g, ' ');
  return [...bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*(?!\w|\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !operators.test(name) && name !== 'ALERTS');
}

/** The metrics of a scrape by name; of a histogram, the names of its series. */
export function metricsOf(scraped: string): Set<string> {
  const names = new Set<string>();
  for (const [, name = '', type] of scraped.matchAll(/^# TYPE (\S+) (\w+)/gm)) {
    names.add(name);
    if (type === 'histogram') for (const part of ['bucket', 'sum', 'count']) names.add(`${name}_${part}`);
  }
  return names;
}

/** The series of a scrape: names with their labels, without values. */
export const seriesOf = (scraped: string): string[] =>
  scraped
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .sort();
