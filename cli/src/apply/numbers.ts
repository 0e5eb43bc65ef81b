import { type Document, isAlias, isCollection, isMap, isNode, isPair, isScalar, type Node, type Pair } from 'yaml';
import type { Path } from './path.ts';

/** A number that would not stay as it is written. */
export interface ChangedNumber {
  readonly path: Path;
  /** As the file has it. */
  readonly written: string;
  /** As it would be sent. */
  readonly sent: string;
}

/** How many nodes are looked at: aliases may lead to the same ones again and again. */
const maxNodes = 100_000;

/** The numbers within a part of a YAML document whose text JavaScript would not write again: `1.10`, and what has too many digits. */
export function changedNumbers(document: Document, part: unknown, at: Path): ChangedNumber[] {
  const found: ChangedNumber[] = [];
  let left = maxNodes;
  const look = (node: unknown, path: Path): void => {
    if (left-- <= 0) return;
    if (isAlias(node)) look(node.resolve(document), path);
    else if (isScalar(node)) {
      const written = node.source;
      if (typeof node.value !== 'number' || written === undefined) return;
      const sent = JSON.stringify(node.value);
      if (sent !== written) found.push({ path, written, sent });
    } else if (isMap(node)) {
      for (const { key, value } of node.items as Pair[]) look(value, [...path, nameOf(key)]);
    } else if (isCollection(node)) {
      for (const [index, item] of (node.items as Node[]).entries())
        look(isPair(item) ? item.value : item, [...path, index]);
    }
  };
  if (isNode(part)) look(part, at);
  return found;
}

const nameOf = (key: unknown): string => String(isScalar(key) ? key.value : key);
