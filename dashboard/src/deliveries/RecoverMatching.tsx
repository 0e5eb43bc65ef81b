import type { Recoverable, RecoveryFilter } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { Failure, messageOf, Notice, Skeleton } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { newKey } from '../session/newKey.ts';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { language, useWords } from '../words/words.ts';
import styles from './deliveries.module.css';

const kinds = ['FAILED', 'CANCELLED', 'MISSED'] as const;
type Kind = (typeof kinds)[number];

interface RecoverProps {
  readonly filter: RecoveryFilter;
  /** What it is about. @default what the filters of the log match */
  readonly words?: RecoverWords;
  /** How much it is, where that is known already. */
  readonly counted?: Recoverable;
}

/** The texts of the button and of its dialog. */
interface RecoverWords {
  readonly open: string;
  readonly title: string;
  readonly text: string;
  readonly nothing: string;
}

/** Sends again all that the filters match, however much of it is loaded. */
export function RecoverMatching({ filter, words, counted }: RecoverProps) {
  const t = useWords('deliveries');
  const [open, setOpen] = useState(false);
  const said: RecoverWords = words ?? {
    open: t('recover.open'),
    title: t('recover.title'),
    text: t('recover.text'),
    nothing: t('recover.nothing'),
  };
  return (
    <>
      <Button small={words !== undefined} onClick={() => setOpen(true)}>
        <RefreshIcon /> {said.open}
      </Button>
      {open && <RecoverDialog filter={filter} words={said} known={counted} onClose={() => setOpen(false)} />}
    </>
  );
}

interface DialogProps {
  readonly filter: RecoveryFilter;
  readonly words: RecoverWords;
  readonly known: Recoverable | undefined;
  onClose(): void;
}

function RecoverDialog({ filter, words, known, onClose }: DialogProps) {
  const { client, handleAuthError } = useSession();
  const { filter: scope } = useScope();
  const t = useWords('deliveries');
  const [, setSearch] = useSearchParams();
  // What comes in while somebody reads the numbers is not part of them. One key for each choice: a second click starts nothing twice.
  const [{ until, key }] = useState(() => ({ until: new Date().toISOString(), key: newKey() }));
  const [without, setWithout] = useState<ReadonlySet<Kind>>(new Set());
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string>();
  const id = useId();

  // The period is the recovery's own, not the filter's: only that has an end where the filter has none.
  const { from, to, ...conditions } = filter;
  const selection = {
    filter: { ...scope, ...conditions },
    ...(from ? { since: from } : {}),
    until: to && to < until ? to : until,
  };
  const counts = useQuery({
    queryKey: ['recoverable', selection],
    queryFn: ({ signal }) => client.recoveries.recoverable(selection, { signal }),
    initialData: known,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const counted = counts.data;
  const of = (kind: Kind): number =>
    counted ? { FAILED: counted.failed, CANCELLED: counted.cancelled, MISSED: counted.missed }[kind] : 0;
  const include = kinds.filter((kind) => !without.has(kind) && of(kind) > 0);
  const total = include.reduce((sum, kind) => sum + of(kind), 0);
  const number = new Intl.NumberFormat(language());
  const amount = `${number.format(total)}${counted?.isAtLeast ? '+' : ''}`;

  const start = async () => {
    if (starting || total === 0) return;
    setStarting(true);
    setProblem(undefined);
    try {
      const recovery = await client.recoveries.start({
        ...selection,
        include,
        idempotencyKey: `${key}-${include.join('-')}`,
      });
      onClose();
      setSearch(
        (now) => {
          now.set('recovery', recovery.id);
          return now;
        },
        { replace: true },
      );
    } catch (error) {
      handleAuthError(error);
      setProblem(messageOf(error));
      setStarting(false);
    }
  };

  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button look="primary" aria-disabled={total === 0 || starting} onClick={() => void start()}>
            {counted ? t('recover.start', { amount, count: total }) : t('recover.counting')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>{words.text}</p>
        {counts.isError ? (
          <Failure error={counts.error} retry={() => void counts.refetch()} />
        ) : (
          <ul className={styles.kinds} aria-busy={!counted}>
            {kinds.map((kind) => (
              <li key={kind} className={styles.kind}>
                <div>
                  <Checkbox
                    checked={!without.has(kind) && of(kind) > 0}
                    disabled={of(kind) === 0}
                    onChange={(on) =>
                      setWithout((now) => new Set(on ? [...now].filter((each) => each !== kind) : [...now, kind]))
                    }
                  >
                    {t(`recover.kind.${kind}`)}
                  </Checkbox>
                  <p className="muted" id={`${id}-${kind}`}>
                    {t(`recover.about.${kind}`)}
                  </p>
                </div>
                <strong className="number">
                  {counted ? number.format(of(kind)) : <Skeleton height="1.2rem" width="2.5rem" />}
                </strong>
              </li>
            ))}
          </ul>
        )}
        {counted?.isAtLeast && <p className="muted">{t('recover.atLeast')}</p>}
        {counted && counted.total === 0 && <Notice>{words.nothing}</Notice>}
        {problem && <Notice tone="bad">{problem}</Notice>}
      </div>
    </Dialog>
  );
}
