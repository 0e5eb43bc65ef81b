import { Component, type ReactNode } from 'react';
import { Failure } from '../design/Surfaces.tsx';
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
          <p>
            If that does not help, there may be a newer version:{' '}
            <button type="button" className={styles.reload} onClick={() => location.reload()}>
              load it
            </button>
            . It asks you to sign in again.
          </p>
        </Failure>
      </>
    );
  }
}
