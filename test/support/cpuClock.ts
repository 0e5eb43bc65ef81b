/**
 * A clock of the CPU that this process has used, in milliseconds. It measures what code costs, also on a machine that gives most of its
 * time to others, where a clock on the wall measures these.
 */
export function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
