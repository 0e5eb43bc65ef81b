import { type ReactNode, useMemo, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { useWords } from '../words/words.ts';
import { type Json, readTree, writeTree } from './jsonTree.ts';
import styles from './schema.module.css';

/** So many members or items are shown at first, and with each click: a list may have a hundred thousand. */
const atOnce = 100;
/** Of a text, so much is shown until a click. */
const shownText = 400;

/** JSON as a tree that opens and closes, with every number as it is written. */
export function DataTree({ text, label }: { readonly text: string; readonly label: string }) {
  const tree = useMemo(() => readTree(text), [text]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={styles.data} aria-label={label} tabIndex={0}>
      <Value value={tree} name={null} depth={0} />
    </section>
  );
}

interface ValueProps {
  readonly value: Json;
  readonly name: ReactNode;
  readonly depth: number;
}

function Value({ value, name, depth }: ValueProps) {
  const t = useWords('catalogue');
  const [open, setOpen] = useState(depth < 3);
  const [count, setCount] = useState(atOnce);
  if (value.kind !== 'object' && value.kind !== 'array') {
    return (
      <div className={styles.datum}>
        {name}
        <Scalar value={value} />
      </div>
    );
  }
  const size = value.kind === 'object' ? value.members.length : value.items.length;
  const summary = value.kind === 'object' ? t('data.members', { count: size }) : t('data.items', { count: size });
  if (size === 0) {
    return (
      <div className={styles.datum}>
        {name}
        <code className="muted">{value.kind === 'object' ? '{ }' : '[ ]'}</code>
      </div>
    );
  }
  const entries: readonly (readonly [ReactNode, Json])[] =
    value.kind === 'object'
      ? value.members.slice(0, count).map(([member, each]) => [<MemberName key="name" name={member} />, each])
      : value.items.slice(0, count).map((each, at) => [<ItemNumber key="name" at={at} />, each]);
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.datum}>
        {name}
        <span className="muted">{summary}</span>
      </summary>
      {open && (
        <ul className={styles.children}>
          {entries.map(([each, inner], at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was published never moves.
            <li key={at}>
              <Value value={inner} name={each} depth={depth + 1} />
            </li>
          ))}
          {size > count && (
            <li>
              <Button small onClick={() => setCount(count + atOnce)}>
                {t('data.more', { count: size - count })}
              </Button>
            </li>
          )}
        </ul>
      )}
    </details>
  );
}

const MemberName = ({ name }: { readonly name: string }) => (
  <bdi className={styles.member}>
    <code>{name === '' ? '""' : name}</code>
  </bdi>
);

const ItemNumber = ({ at }: { readonly at: number }) => <code className={`${styles.member} muted`}>{at}</code>;

function Scalar({ value }: { readonly value: Json }) {
  const t = useWords('catalogue');
  const [whole, setWhole] = useState(false);
  if (value.kind !== 'string') {
    return (
      <code className={styles.scalar} data-kind={value.kind}>
        {writeTree(value, 0)}
      </code>
    );
  }
  const long = value.value.length > shownText && !whole;
  return (
    <>
      <bdi className={styles.scalar} data-kind="string" dir="auto">
        {value.value === '' ? (
          <span className="muted">{t('data.empty')}</span>
        ) : long ? (
          value.value.slice(0, shownText)
        ) : (
          value.value
        )}
      </bdi>
      {long && (
        <Button small look="quiet" onClick={() => setWhole(true)}>
          {t('data.whole', { count: value.value.length })}
        </Button>
      )}
      {value.value.length > 12 && value.value.length < 500 && (
        <span className={styles.copy}>
          <CopyButton text={value.value} square look="quiet" />
        </span>
      )}
    </>
  );
}
