import { useEffect, useRef, useState } from 'react';
import { Button } from './Button.tsx';
import { Dialog } from './Dialogs.tsx';
import { CodeField } from './Field.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';
import styles from './surfaces.module.css';

export function CopyButton({
  text,
  label = 'Copy',
  ...rest
}: { readonly text: string; readonly label?: string } & Pick<Parameters<typeof Button>[0], 'look' | 'square'>) {
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
      <Button small onClick={copy} aria-label={copied ? 'Copied' : label} {...rest}>
        {copied ? <CheckIcon /> : <CopyIcon />}
        {!rest.square && (copied ? 'Copied' : label)}
      </Button>
      {refused && <ByHand text={text} onClose={() => setRefused(false)} />}
    </>
  );
}

/** The text, selected, if the browser denies the page its clipboard. */
function ByHand({ text, onClose }: { readonly text: string; onClose(): void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <Dialog title="Copy it by hand" focus={field} onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      <CodeField
        label="It is selected: press Ctrl+C, or ⌘C on a Mac"
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
  if (!window.isSecureContext) return 'The button copies where this page is reached by https.';
  if (window !== window.top)
    return 'The button copies where the page around this one allows it: its frame needs allow="clipboard-write".';
  return 'The button copies where the browser’s settings of this site allow the clipboard.';
}

export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={styles.codeblock}>
      <CopyButton text={text} label={`Copy ${label}`} square look="quiet" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
    </div>
  );
}
