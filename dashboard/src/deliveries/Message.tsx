import { Tabs } from 'radix-ui';
import { useMemo } from 'react';
import { CodeBlock } from '../design/Copy.tsx';
import surfaces from '../design/surfaces.module.css';
import { useWords } from '../words/words.ts';
import styles from './deliveries.module.css';
import { laidOut } from './laidOut.ts';

export function HeaderTable({
  headers,
  label,
}: {
  readonly headers: readonly { name: string; value: string }[];
  readonly label: string;
}) {
  return (
    <table className={styles.headers} aria-label={label}>
      <tbody>
        {headers.map(({ name, value }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a header may come twice, and never moves.
          <tr key={place}>
            <th scope="row">{name}</th>
            <td className="mono">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A body, both formatted (if it is JSON) and as it was sent. */
export function Body({ text, label }: { readonly text: string; readonly label: string }) {
  const t = useWords('deliveries');
  const pretty = useMemo(() => laidOut(text), [text]);
  if (pretty === null) return <CodeBlock text={text} label={label} />;
  return (
    <Tabs.Root defaultValue="pretty">
      <Tabs.List className={surfaces.tabs} aria-label={t('detail.form', { label })}>
        <Tabs.Trigger className={surfaces.tab} value="pretty">
          {t('detail.pretty')}
        </Tabs.Trigger>
        <Tabs.Trigger className={surfaces.tab} value="raw">
          {t('detail.raw')}
        </Tabs.Trigger>
      </Tabs.List>
      <Tabs.Content value="pretty" tabIndex={-1}>
        <CodeBlock text={pretty} label={label} />
      </Tabs.Content>
      <Tabs.Content value="raw" tabIndex={-1}>
        <CodeBlock text={text} label={label} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
