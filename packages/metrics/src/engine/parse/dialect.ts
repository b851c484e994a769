/** `text` is text 0.0.4 and 1.0.0; `openmetrics` is OpenMetrics 1.0. Quoted UTF-8 names are accepted in both. */
export type Dialect = 'text' | 'openmetrics'
