import type { Page } from '@everhook/sdk';
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { useWords } from '../words/words.ts';
import { Button } from './Button.tsx';
import styles from './surfaces.module.css';

interface Asked {
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * A list that is loaded a page at a time, the newest first, with the parts that {@link ShowOlder} needs.
 *
 * @param options.staleTime - for how long it is not read again when it is shown again, in milliseconds. Default as for all queries
 */
export function useOlder<Item>(
  queryKey: QueryKey,
  page: (asked: Asked) => Promise<Page<Item>>,
  options: { readonly staleTime?: number } = {},
) {
  const list = useInfiniteQuery({
    ...options,
    queryKey,
    queryFn: ({ signal, pageParam }) => page({ after: pageParam, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
  });
  return { ...list, items: list.data?.pages.flatMap(({ items }) => items) };
}

interface OlderProps {
  readonly list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    fetchNextPage(): Promise<unknown>;
  };
  readonly label?: string;
}

/** Loads the next page of a list, if there is one. */
export function ShowOlder({ list, label }: OlderProps) {
  const t = useWords('common');
  if (!list.hasNextPage) return null;
  return (
    <div className={styles.older}>
      <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {label ?? t('showOlder')}
      </Button>
    </div>
  );
}
