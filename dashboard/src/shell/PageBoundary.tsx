import { Component, type ReactNode } from 'react';
import { Trans } from 'react-i18next';
import { Failure } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import { PageHead } from './Shell.tsx';
import styles from './shell.module.css';

interface BoundaryProps {
  readonly title: string;
  /** Prepares another try. */
  onRetry(): void;
  readonly children: ReactNode;
}

/**
 * Keeps the shell when a page breaks, and retries the page without losing the session. The cause is mostly a part of the
 * dashboard that could not be loaded; if a newer version has removed it from the server, a reload is needed.
 */
export class PageBoundary extends Component<BoundaryProps, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const retry = () => {
      this.props.onRetry();
      this.setState({ error: undefined });
    };
    return (
      <>
        <PageHead title={this.props.title} />
        <Failure error={error} retry={retry}>
          <MaybeNewer />
        </Failure>
      </>
    );
  }
}

function MaybeNewer() {
  const t = useWords('common');
  const load = <button type="button" className={styles.reload} onClick={() => location.reload()} />;
  return (
    <p>
      <Trans t={t} i18nKey="newer" components={{ load }} />
    </p>
  );
}
