import { Component, type ReactNode } from 'react';
import { Failure } from '../design/Surfaces.tsx';

interface BoundaryProps {
  readonly children: ReactNode;
}

/**
 * Keeps the shell standing where a page breaks. What lies behind it is mostly a part of the dashboard that a newer version has
 * taken off the server: loading the page anew brings the new one.
 */
export class PageBoundary extends Component<BoundaryProps, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Failure error={error} retry={() => location.reload()} />;
  }
}
