import type { Permission } from '@everhook/sdk';
import { AlertIcon } from '../design/icons.tsx';
import { Card, Empty } from '../design/Surfaces.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useWords } from '../words/words.ts';

/** In place of a page below the log that takes a permission which the viewer lacks. */
export function ClosedToYou({ permission }: { readonly permission: Permission }) {
  const t = useWords('events');
  return (
    <>
      <PageHead title={t('title')} />
      <Card>
        <Empty icon={<AlertIcon />} title={t('common:pages.closed')}>
          <p>{t('closed', { permission: t(`common:permissions.${permission}`) })}</p>
        </Empty>
      </Card>
    </>
  );
}
