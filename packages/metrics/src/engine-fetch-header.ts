/**
 * Request header of every fetch of engine metrics. A metrics endpoint of this project refuses such a request: it would
 * fetch the engine metrics in turn, and wait for itself.
 */
export const ENGINE_FETCH_HEADER = 'vr-otel-engine-fetch'
