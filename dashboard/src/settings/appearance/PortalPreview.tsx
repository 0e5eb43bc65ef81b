import type { CSSProperties } from 'react';
import { Button } from '../../design/Button.tsx';
import { TextField } from '../../design/Field.tsx';
import { ArrowLeftIcon, HookIcon, ListIcon } from '../../design/icons.tsx';
import { Badge, Card } from '../../design/Surfaces.tsx';
import { variablesOf } from '../../look/look.ts';
import { useWords } from '../../words/words.ts';
import styles from './appearance.module.css';
import { type Draft, fontsOf, type Mode } from './draft.ts';

interface PreviewProps {
  readonly draft: Draft;
  readonly mode: Mode;
  /** The project's name, which stands there where no title is given. */
  readonly name: string;
  readonly logo: string | null;
}

/** The portal as it will look, of the very components that it has. */
export function PortalPreview({ draft, mode, name, logo }: PreviewProps) {
  const t = useWords('portal');
  const { colours, modes, radius, fonts, title, hidden, backLabel } = draft;
  const one = modes[mode] ? colours[mode] : null;
  const variables = variablesOf({ light: one, dark: null, radius, fonts: fontsOf(fonts) });
  const style = { ...variables, colorScheme: mode, fontFamily: 'var(--sans)' } as CSSProperties;
  const pages = [
    { part: 'WEBHOOKS', icon: <HookIcon />, label: t('common:places.webhooks') },
    { part: 'DELIVERIES', icon: <ListIcon />, label: t('common:places.deliveries') },
  ] as const;
  return (
    <section className={styles.preview} style={style} data-mode={mode} aria-label={t(`preview.${mode}`)}>
      <div className={styles.side}>
        <div className={styles.brand}>
          {logo && <img src={logo} alt="" />}
          <bdi>{title.trim() || name}</bdi>
        </div>
        {backLabel.trim() && (
          <span className={styles.back}>
            <ArrowLeftIcon /> <bdi>{backLabel}</bdi>
          </span>
        )}
        <ul>
          {pages
            .filter(({ part }) => !hidden.includes(part))
            .map(({ part, icon, label }, at) => (
              <li key={part} data-chosen={at === 0}>
                {icon} {label}
              </li>
            ))}
        </ul>
      </div>
      <div className={styles.main}>
        <strong>{t('common:places.webhooks')}</strong>
        <Card className={styles.sample}>
          <strong>{t('preview.name')}</strong>
          <p className="muted">{t('preview.text')}</p>
          <p>
            <Badge tone="good">{t('preview.good')}</Badge> <Badge tone="warn">{t('preview.warn')}</Badge>{' '}
            <Badge tone="bad">{t('preview.bad')}</Badge>
          </p>
          <TextField label={t('preview.field')} defaultValue="https://example.com/hooks" readOnly />
          <p>
            <Button look="primary">{t('preview.primary')}</Button> <Button>{t('preview.normal')}</Button>
          </p>
        </Card>
      </div>
    </section>
  );
}
