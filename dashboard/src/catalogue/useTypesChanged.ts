import { useQueryClient } from '@tanstack/react-query';

/** Shows everywhere what became of a type. */
export function useTypesChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['eventTypes'] }),
      queries.invalidateQueries({ queryKey: ['eventType'] }),
    ]);
  };
}
