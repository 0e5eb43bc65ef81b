import { base } from '../base.ts';
import { ArrowLeftIcon } from '../design/icons.tsx';
import { Mark } from '../design/Mark.tsx';
import { useLook } from '../look/look.ts';
import { useWords } from '../words/words.ts';
import styles from './shell.module.css';

/** The logo and the name at the top: ours, or those of the portal's theme. */
export function Brand() {
  const look = useLook();
  const t = useWords('common');
  if (!look) {
    return (
      <>
        <Mark /> {t('product')}
      </>
    );
  }
  const { logoPath } = look.theme ?? {};
  return (
    <>
      {logoPath && <img className={styles.logo} src={base + logoPath} alt="" />}
      <bdi className={styles.title}>{look.title}</bdi>
    </>
  );
}

/** The way back to the product that the portal belongs to: out of the frame. */
export function BackLink() {
  const { theme } = useLook() ?? {};
  if (!theme?.backUrl) return null;
  return (
    <a className={styles.back} href={theme.backUrl} target="_top" rel="noreferrer">
      <ArrowLeftIcon /> <bdi>{theme.backLabel}</bdi>
    </a>
  );
}
