import type { CSSProperties } from 'react';
import { Button } from '../../design/Button.tsx';
import { TextField } from '../../design/Field.tsx';
import { ArrowLeftIcon } from '../../design/icons.tsx';
import { Badge, Card } from '../../design/Surfaces.tsx';
import { variablesOf } from '../../look/look.ts';
import { landing, placesFor } from '../../shell/places.tsx';
import shell from '../../shell/shell.module.css';
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
  const places = placesFor(true).filter(({ page }) => !hidden.some((part) => part === page.toUpperCase()));
  const first = landing(places)?.page;
  return (
    <section className={styles.preview} style={style} data-mode={mode} aria-label={t(`preview.${mode}`)}>
      <div className={styles.side}>
        <div className={shell.brand}>
          {logo && <img className={shell.logo} src={logo} alt="" />}
          <bdi className={shell.title}>{title.trim() || name}</bdi>
        </div>
        {backLabel.trim() && (
          <span className={`${shell.back} ${styles.back}`}>
            <ArrowLeftIcon /> <bdi>{backLabel}</bdi>
          </span>
        )}
        <ul className={shell.nav}>
          {places.map(({ page, icon }) => (
            <li key={page} className={shell.link} aria-current={page === first ? 'page' : undefined}>
              {icon}
              {t(`common:places.${page}`)}
            </li>
          ))}
        </ul>
      </div>
      <div className={styles.main}>
        <p className={styles.heading}>{t(`common:places.${first ?? 'webhooks'}`)}</p>
        <Card className={styles.sample}>
          <strong>{t('preview.name')}</strong>
          <p className="muted">{t('preview.text')}</p>
          <p>
            <Badge tone="good">{t('preview.good')}</Badge> <Badge tone="warn">{t('preview.warn')}</Badge>{' '}
            <Badge tone="bad">{t('preview.bad')}</Badge>
          </p>
          <TextField label={t('preview.field')} defaultValue="https://example.com/hooks" />
          <p>
            <Button look="primary">{t('preview.primary')}</Button> <Button>{t('preview.normal')}</Button>
          </p>
        </Card>
      </div>
    </section>
  );
}
