/** Settings that are announced for later versions and not supported yet. */
export const PLANNED_SETTINGS: readonly string[] = [
  'VR_ENGINE_METRICS_URL',
  'VR_ENGINE_METRICS_INCLUDE',
  'VR_ENGINE_METRICS_EXCLUDE',
  'VR_ENGINE_METRICS_TIMEOUT_MS',
]
