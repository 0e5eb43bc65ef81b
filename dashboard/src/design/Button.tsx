import type { ComponentPropsWithRef } from 'react';
import styles from './controls.module.css';

type Look = 'primary' | 'danger' | 'quiet' | 'normal';

interface Shape {
  readonly look?: Look;
  readonly small?: boolean;
  /** Square, for an icon alone: it then needs an `aria-label`. */
  readonly square?: boolean;
}

export const buttonClass = ({ look = 'normal', small, square }: Shape = {}): string =>
  [styles.button, styles[look], small && styles.small, square && styles.icon].filter(Boolean).join(' ');

export function Button({ look, small, square, className, ...rest }: Shape & ComponentPropsWithRef<'button'>) {
  const shape = { ...(look && { look }), ...(small && { small }), ...(square && { square }) };
  return <button type="button" className={[buttonClass(shape), className].filter(Boolean).join(' ')} {...rest} />;
}
