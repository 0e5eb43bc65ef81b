import type { PortalColoursInput } from '@everhook/sdk';
import { contrastOf, parseColour } from '@everhook/sdk/theme';
import { useId } from 'react';
import controls from '../../design/controls.module.css';
import { Field } from '../../design/Field.tsx';
import { Badge } from '../../design/Surfaces.tsx';
import { useWords } from '../../words/words.ts';
import styles from './appearance.module.css';
import type { Mode } from './draft.ts';

const names = ['accent', 'background', 'surface', 'text'] as const;
const pairs = [
  ['text', 'background'],
  ['text', 'surface'],
  ['accent', 'background'],
  ['accent', 'surface'],
] as const;
const needed = 4.5;

interface ColourProps {
  readonly mode: Mode;
  readonly colours: PortalColoursInput;
  onChange(colours: PortalColoursInput): void;
}

/** The four colours of a mode, with the contrast of each pair as they are typed. */
export function ColourFields({ mode, colours, onChange }: ColourProps) {
  const t = useWords('portal');
  return (
    <div className={styles.colours}>
      {names.map((name) => {
        const value = colours[name];
        const set = (colour: string) => onChange({ ...colours, [name]: colour });
        return (
          <Field
            key={name}
            name={`${mode}.${name}`}
            label={t(`colours.${name}`)}
            problem={parseColour(value) ? undefined : t('colours.wrong')}
          >
            {({ id, className, ...control }) => (
              <div className={styles.colour}>
                <input
                  type="color"
                  className={styles.swatch}
                  aria-label={t('colours.pick', { name: t(`colours.${name}`) })}
                  value={parseColour(value) && value.length === 7 ? value : '#000000'}
                  onChange={(event) => set(event.target.value)}
                />
                <input
                  id={id}
                  className={className}
                  {...control}
                  name={`${mode}.${name}`}
                  value={value}
                  maxLength={7}
                  spellCheck={false}
                  autoComplete="off"
                  onChange={(event) => set(event.target.value)}
                />
              </div>
            )}
          </Field>
        );
      })}
      <Contrasts colours={colours} />
    </div>
  );
}

function Contrasts({ colours }: { readonly colours: PortalColoursInput }) {
  const t = useWords('portal');
  const id = useId();
  return (
    <div className={styles.contrasts}>
      <p id={id} className={controls.label}>
        {t('contrast.title')}
      </p>
      <ul aria-labelledby={id}>
        {pairs.map(([front, behind]) => {
          const [one, other] = [parseColour(colours[front]), parseColour(colours[behind])];
          if (!one || !other) return null;
          const ratio = Math.floor(contrastOf(one, other) * 100) / 100;
          return (
            <li key={`${front} ${behind}`}>
              <span>{t('contrast.pair', { front: t(`colours.${front}`), behind: t(`colours.${behind}`) })}</span>
              <Badge tone={ratio >= needed ? 'good' : 'bad'}>
                {t(ratio >= needed ? 'contrast.enough' : 'contrast.needs', { ratio, needed })}
              </Badge>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
