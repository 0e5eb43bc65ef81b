import { useId, useState } from 'react';
import { Button } from '../../design/Button.tsx';
import controls from '../../design/controls.module.css';
import { useWords } from '../../words/words.ts';
import styles from './appearance.module.css';

interface ImageProps {
  readonly name: 'logo' | 'favicon';
  readonly maxBytes: number;
  /** Where the present one is shown from. */
  readonly src: string | null;
  onChange(base64: string | null): void;
}

const base64Of = (file: File) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^.*,/s, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });

/** An image from a file. What it is, the server finds out. */
export function ImageField({ name, maxBytes, src, onChange }: ImageProps) {
  const t = useWords('portal');
  const id = useId();
  const [problem, setProblem] = useState<string>();
  const take = async (file: File | undefined) => {
    if (!file) return;
    const large = file.size > maxBytes;
    setProblem(large ? t('images.large', { size: maxBytes / 1024 }) : undefined);
    if (!large) onChange(await base64Of(file));
  };
  return (
    <div className={controls.field}>
      <label className={controls.label} htmlFor={id}>
        {t(`images.${name}`)}
      </label>
      <div className={styles.image}>
        {src && <img src={src} alt={t('images.present', { name: t(`images.${name}`) })} />}
        <input
          id={id}
          name={name}
          type="file"
          accept="image/png,image/jpeg,image/webp"
          aria-describedby={`${id}-hint${problem ? ` ${id}-problem` : ''}`}
          aria-invalid={problem !== undefined}
          onChange={(event) => void take(event.target.files?.[0])}
        />
        {src && (
          <Button
            small
            onClick={() => {
              setProblem(undefined);
              onChange(null);
            }}
          >
            {t('images.remove')}
          </Button>
        )}
      </div>
      <div id={`${id}-hint`} className={controls.hint}>
        {t('images.hint', { size: maxBytes / 1024 })}
      </div>
      {problem && (
        <div id={`${id}-problem`} className={controls.problem} role="alert">
          {problem}
        </div>
      )}
    </div>
  );
}
