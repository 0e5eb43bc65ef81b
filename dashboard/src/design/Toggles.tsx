import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import styles from './controls.module.css';
import { CheckIcon, MinusIcon } from './icons.tsx';

interface ToggleProps {
  readonly checked: boolean;
  readonly disabled?: boolean | undefined;
  onChange(checked: boolean): void;
}

export function Switch({ label, checked, disabled, onChange }: ToggleProps & { readonly label: string }) {
  return (
    <RadixSwitch.Root
      className={styles.switch}
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
    >
      <RadixSwitch.Thumb className={styles.thumb} />
    </RadixSwitch.Root>
  );
}

/** With `some`, it stands for a partly checked group. Without children it needs a `label`. */
export function Checkbox({
  checked,
  some = false,
  disabled,
  onChange,
  label,
  children,
}: ToggleProps & { readonly some?: boolean; readonly label?: string; readonly children?: ReactNode }) {
  const id = useId();
  const box = (
    <RadixCheckbox.Root
      id={id}
      className={styles.box}
      aria-label={label}
      checked={some && !checked ? 'indeterminate' : checked}
      disabled={disabled}
      onCheckedChange={(state) => onChange(state === true)}
    >
      <RadixCheckbox.Indicator asChild>
        {some && !checked ? (
          <span>
            <MinusIcon />
          </span>
        ) : (
          <span>
            <CheckIcon />
          </span>
        )}
      </RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
  if (!children) return box;
  return (
    <div className={styles.check}>
      {box}
      <label htmlFor={id}>{children}</label>
    </div>
  );
}
