/** `SIGUSR2` changes the level of a process's log: passes it on to the processes that write one. @param pids - those that run now */
export function passLevelSignal(pids: () => readonly number[]): void {
  process.on('SIGUSR2', () => {
    for (const pid of pids()) {
      try {
        process.kill(pid, 'SIGUSR2');
      } catch {
        // It has just ended.
      }
    }
  });
}
