// Package elasticsearch stands in for the Elasticsearch client, which is a third of what Jaeger compiles and is
// never used by a Jaeger that keeps its traces in memory. It has the names that Jaeger mentions and no more.
package elasticsearch

import (
	"errors"
	"net/http"

	"github.com/elastic/go-elasticsearch/v9/esapi"
)

// Config has the options that Jaeger sets.
type Config struct {
	Addresses            []string
	Username             string
	Password             string
	Header               http.Header
	Transport            http.RoundTripper
	DiscoverNodesOnStart bool
	CompressRequestBody  bool
}

// Client has the one interface that Jaeger calls.
type Client struct {
	Indices *esapi.Indices
}

// NewClient always fails: there is no Elasticsearch in this build.
func NewClient(Config) (*Client, error) {
	return nil, errors.New("this build of Jaeger has no Elasticsearch client")
}
