// Rows of the table that `run` prints: one line each, parted by tabs.

/** `status` is ok, failed or skipped; `detail` says why, for people. */
export function row(check, what, status, detail = '') {
  process.stdout.write(`${check}\t${what}\t${status}\t${String(detail).replace(/\s+/g, ' ').trim()}\n`);
}

/** ok without problems, else failed with the first few of them. */
export function verdict(check, what, problems, detail = '') {
  if (!problems.length) return row(check, what, 'ok', detail);
  const more = problems.length > 3 ? ` (and ${problems.length - 3} more)` : '';
  row(check, what, 'failed', problems.slice(0, 3).join('; ') + more);
}
