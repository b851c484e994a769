// Package esapi has the one call that Jaeger makes.
package esapi

import "io"

// Indices is the interface to indices.
type Indices struct {
	PutIndexTemplate func(name string, body io.Reader) (*Response, error)
}

// Response is an answer of Elasticsearch.
type Response struct {
	StatusCode int
}
