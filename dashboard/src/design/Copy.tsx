import { useEffect, useRef, useState } from 'react';
import { useWords, wordsOf } from '../words/words.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialogs.tsx';
import { CodeField } from './Field.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';
import styles from './surfaces.module.css';

export function CopyButton({
  text,
  label: given,
  ...rest
}: { readonly text: string; readonly label?: string } & Pick<Parameters<typeof Button>[0], 'look' | 'square'>) {
  const t = useWords('common');
  const label = given ?? t('copy.copy');
  const [copied, setCopied] = useState(false);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      // Missing on a page that was loaded by plain http.
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setRefused(true);
    }
  };
  return (
    <>
      <Button small onClick={copy} aria-label={copied ? t('copy.copied') : label} {...rest}>
        {copied ? <CheckIcon /> : <CopyIcon />}
        {!rest.square && (copied ? t('copy.copied') : label)}
      </Button>
      {refused && <ByHand text={text} onClose={() => setRefused(false)} />}
    </>
  );
}

/** The text, selected, if the browser denies the page its clipboard. */
function ByHand({ text, onClose }: { readonly text: string; onClose(): void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const t = useWords('common');
  return (
    <Dialog
      title={t('copy.byHand')}
      focus={field}
      onClose={onClose}
      footer={<Button onClick={onClose}>{t('close')}</Button>}
    >
      <CodeField
        label={t('copy.selected')}
        hint={whyRefused()}
        ref={field}
        onFocus={(event) => event.currentTarget.select()}
        readOnly
        rows={Math.min(12, text.split('\n').length + 2)}
        value={text}
      />
    </Dialog>
  );
}

function whyRefused(): string {
  const t = wordsOf('common');
  if (!window.isSecureContext) return t('copy.needsHttps');
  if (window !== window.top) return t('copy.needsFrame', { attribute: 'allow="clipboard-write"' });
  return t('copy.needsBrowser');
}

export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  const t = useWords('common');
  return (
    <div className={styles.codeblock}>
      <CopyButton text={text} label={t('copy.of', { what: label })} square look="quiet" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}
