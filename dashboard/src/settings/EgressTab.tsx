import { useQuery } from '@tanstack/react-query';
import { CopyButton } from '../design/Copy.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import styles from './settings.module.css';

/** The addresses that deliveries come from, for receivers with an allow list. */
export function EgressTab() {
  const { client } = useSession();
  const t = useWords('settings');
  const ranges = useQuery({
    queryKey: ['egress'],
    queryFn: ({ signal }) => client.egressIpRanges({ signal }),
    staleTime: 600_000,
  });
  return (
    <>
      <div className={styles.bar}>
        <p>{t('egress.about')}</p>
        {ranges.data && ranges.data.length > 0 && <CopyButton text={ranges.data.join('\n')} label={t('egress.copy')} />}
      </div>
      {ranges.isPending && <Loading rows={1} height="4rem" />}
      {ranges.isError && <Failure error={ranges.error} retry={() => void ranges.refetch()} />}
      {ranges.data && (
        <Card>
          {ranges.data.length === 0 ? (
            <Empty title={t('egress.none')}>
              <p>{t('egress.noneText')}</p>
            </Empty>
          ) : (
            <ul className={styles.ranges}>
              {ranges.data.map((range) => (
                <li key={range}>
                  <code>{range}</code>
                </li>
              ))}
            </ul>
          )}
        </Card>
      )}
    </>
  );
}
