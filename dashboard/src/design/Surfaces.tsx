import { useQueryClient } from '@tanstack/react-query';
import { Tooltip as RadixTooltip } from 'radix-ui';
import type { ComponentPropsWithRef, CSSProperties, ReactNode } from 'react';
import { useWords } from '../words/words.ts';
import { Button } from './Button.tsx';
import { AlertIcon, CheckIcon, InfoIcon, RefreshIcon } from './icons.tsx';
import { inOwnWords } from './ownWords.ts';
import styles from './surfaces.module.css';

export type Tone = 'good' | 'warn' | 'bad' | 'accent' | 'neutral';

export function Card({ className, ...rest }: ComponentPropsWithRef<'section'>) {
  return <section className={[styles.card, className].filter(Boolean).join(' ')} {...rest} />;
}

interface BadgeProps {
  readonly tone?: Tone;
  /** Without the dot, for a label that is no state. */
  readonly plain?: boolean;
  /** Shown on hover and focus. */
  readonly tip?: ReactNode;
  readonly children: ReactNode;
}

export function Badge({ tone = 'neutral', plain, tip, children }: BadgeProps) {
  const className = [styles.badge, styles[tone], plain && styles.plain].filter(Boolean).join(' ');
  if (!tip) return <span className={className}>{children}</span>;
  return (
    <Tip text={tip}>
      <button type="button" className={className}>
        {children}
      </button>
    </Tip>
  );
}

/** The parent for floating elements: outside of it, users who navigate by landmarks could not reach them. */
export const landmark = (): HTMLElement | null => document.getElementById('main');

export function Tip({ text, children }: { readonly text: ReactNode; readonly children: ReactNode }) {
  return (
    <RadixTooltip.Root>
      <RadixTooltip.Trigger asChild>{children}</RadixTooltip.Trigger>
      <RadixTooltip.Portal container={landmark()}>
        <RadixTooltip.Content className={styles.tooltip} sideOffset={6} collisionPadding={12}>
          {text}
        </RadixTooltip.Content>
      </RadixTooltip.Portal>
    </RadixTooltip.Root>
  );
}

interface EmptyProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
}

/** Shown while there is nothing yet. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      {icon}
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Notice({ tone = 'accent', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  const urgent = tone === 'bad';
  return (
    <div className={styles.notice} data-tone={tone} role={urgent ? 'alert' : 'note'}>
      {tone === 'good' ? <CheckIcon /> : urgent || tone === 'warn' ? <AlertIcon /> : <InfoIcon />}
      <div>{children}</div>
    </div>
  );
}

interface FailureProps {
  readonly error: unknown;
  readonly retry?: () => void;
  readonly children?: ReactNode;
}

/** An error with a way to retry. */
export function Failure({ error, retry, children }: FailureProps) {
  const t = useWords('common');
  const queries = useQueryClient();
  // Retries everything that failed: one click, however much of the page is missing.
  const tryAgain = () => {
    retry?.();
    void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
  };
  return (
    <Card>
      <Empty icon={<AlertIcon />} title={t('notLoaded')}>
        <p role="alert">{messageOf(error)}</p>
        {retry && (
          <Button look="primary" onClick={tryAgain}>
            <RefreshIcon /> {t('tryAgain')}
          </Button>
        )}
        {children}
      </Empty>
    </Card>
  );
}

export const messageOf = (error: unknown): string => inOwnWords(error instanceof Error ? error.message : String(error));

export function Skeleton({
  height,
  width = '100%',
}: {
  readonly height: CSSProperties['height'];
  readonly width?: CSSProperties['width'];
}) {
  return <div className={styles.skeleton} style={{ height, width }} aria-hidden="true" />;
}

interface LoadingProps {
  readonly rows: number;
  readonly height: string;
  /** Gives the placeholders the layout of the content. */
  readonly className?: string | undefined;
}

/** Grey blocks for the likely number of rows, and a text for screen readers. */
export function Loading({ rows, height, className = styles.loading }: LoadingProps) {
  const t = useWords('common');
  return (
    <div role="status" className={className}>
      <span className="visually-hidden">{t('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike and never move.
        <Skeleton key={row} height={height} />
      ))}
    </div>
  );
}

interface LoadingTableProps {
  /** Of the table that comes in its place. */
  readonly className: string | undefined;
  readonly rowHeight: number;
}

/** As many placeholder rows as the screen is likely to have room for, below their heading. */
export function LoadingTable({ className, rowHeight }: LoadingTableProps) {
  const t = useWords('common');
  return (
    <div role="status" className={className}>
      <span className="visually-hidden">{t('loading')}</span>
      <div className={styles.waitingRows}>
        {Array.from({ length: 40 }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike and never move.
          <div key={row} className={styles.waitingRow} style={{ height: row === 0 ? '2.5rem' : rowHeight }}>
            <Skeleton height="1rem" width={row === 0 ? '100%' : `${60 + ((row * 37) % 35)}%`} />
          </div>
        ))}
      </div>
    </div>
  );
}
