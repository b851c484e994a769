/**
 * How the values of one gauge, or of one sum that can fall, become one value when several processes report the series:
 *
 * - `sum`: the sum over the living processes, for example of requests in flight;
 * - `max`, `min`, `mean`: over the living processes;
 * - `last`: the value that was pushed last;
 * - `by_worker`: one series for each process, with the label `worker`, the number of its slot from 0. Slots are reused, so the
 *   number of series is bounded by the number of processes that run at once.
 *
 * Counters and histograms need no rule: they are added, and the values of ended processes are kept.
 */
export type GaugeMerge = 'sum' | 'max' | 'min' | 'mean' | 'last' | 'by_worker'
