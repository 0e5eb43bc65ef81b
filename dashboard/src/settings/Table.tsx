import type { ReactNode } from 'react';
import { Card } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import styles from './settings.module.css';

interface TableProps {
  readonly label: string;
  /** What stands above each; numbers stand at its end. */
  readonly columns: readonly (string | { readonly end: string })[];
  readonly children: ReactNode;
}

/** A table that scrolls sideways if it is wider than the page. */
export function Table({ label, columns, children }: TableProps) {
  const t = useWords('common');
  return (
    <Card aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={t('scrollable', { label })}>
        <table className={styles.table}>
          <thead>
            <tr>
              {columns.map((column) => {
                const [name, end] = typeof column === 'string' ? [column, false] : [column.end, true];
                return name === '' ? (
                  <td key={name} />
                ) : (
                  <th key={name} scope="col" className={end ? styles.end : undefined}>
                    {name}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </section>
    </Card>
  );
}
