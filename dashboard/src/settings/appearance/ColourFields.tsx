import type { PortalColoursInput } from '@everhook/sdk';
import { contrastsOf, hexOf, parseColour } from '@everhook/sdk/theme';
import { useId } from 'react';
import controls from '../../design/controls.module.css';
import { Field } from '../../design/Field.tsx';
import { Badge } from '../../design/Surfaces.tsx';
import { useWords } from '../../words/words.ts';
import styles from './appearance.module.css';
import type { Mode } from './draft.ts';

const names = ['accent', 'background', 'surface', 'text'] as const;

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
        const colour = parseColour(value);
        const set = (text: string) => onChange({ ...colours, [name]: text });
        return (
          <Field
            key={name}
            name={`${mode}.${name}`}
            label={t(`colours.${name}`)}
            problem={colour ? undefined : t('colours.wrong')}
          >
            {({ id, className, ...control }) => (
              <div className={styles.colour}>
                <input
                  type="color"
                  className={styles.swatch}
                  aria-label={t('colours.pick', { name: t(`colours.${name}`) })}
                  value={colour ? hexOf(colour) : '#000000'}
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
        {contrastsOf(colours).map(({ field, on, ratio, needed }) => (
          <li key={`${field} ${on}`}>
            <span>{t('contrast.pair', { front: t(`colours.${field}`), behind: t(`colours.${on}`) })}</span>
            <Badge tone={ratio >= needed ? 'good' : 'bad'}>
              {t(ratio >= needed ? 'contrast.enough' : 'contrast.needs', { ratio, needed })}
            </Badge>
          </li>
        ))}
      </ul>
    </div>
  );
}
