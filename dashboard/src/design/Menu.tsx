import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { landmark } from './Surfaces.tsx';
import styles from './surfaces.module.css';

export interface MenuEntry {
  readonly label: ReactNode;
  readonly danger?: boolean;
  onSelect(): void;
}

/** A button's menu; `null` draws a line between groups. */
export function Menu({
  trigger,
  entries,
}: {
  readonly trigger: ReactNode;
  readonly entries: readonly (MenuEntry | null)[];
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={landmark()}>
        <DropdownMenu.Content className={styles.menu} align="end" sideOffset={4} collisionPadding={8}>
          {entries.map((entry, place) =>
            entry === null ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries of one menu never move.
              <DropdownMenu.Separator key={place} className={styles.separator} />
            ) : (
              <DropdownMenu.Item
                // biome-ignore lint/suspicious/noArrayIndexKey: entries of one menu never move.
                key={place}
                className={styles.item}
                data-danger={entry.danger ? '' : undefined}
                onSelect={entry.onSelect}
              >
                {entry.label}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
