package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"
)

// The authority's key is computed from this text, so it isn't secret. The authority may only sign a name that can't exist.
const (
	secret = "dockerfile workbook: probe"
	host   = "probe.invalid"
)

var (
	created = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	expires = time.Date(2123, 1, 1, 0, 0, 0, 0, time.UTC)
)

func authorityKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(secret))
	return ed25519.NewKeyFromSeed(seed[:])
}

func authority() *x509.Certificate {
	key := authorityKey()
	template := &x509.Certificate{
		SerialNumber:                big.NewInt(1),
		Subject:                     pkix.Name{CommonName: "Dockerfile Workbook probe"},
		NotBefore:                   created,
		NotAfter:                    expires,
		IsCA:                        true,
		BasicConstraintsValid:       true,
		KeyUsage:                    x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{host},
	}
	return signed(template, template, key.Public())
}

func authorityPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority().Raw})
}

func signed(template, parent *x509.Certificate, key any) *x509.Certificate {
	data, err := x509.CreateCertificate(rand.Reader, template, parent, key, authorityKey())
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(data)
	if err != nil {
		panic(err)
	}
	return certificate
}

func serverCertificate() tls.Certificate {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    created,
		NotAfter:     expires,
	}
	return tls.Certificate{Certificate: [][]byte{signed(template, authority(), public).Raw}, PrivateKey: private}
}

// requestHTTPS starts a server in this process and sends it a request. Only the system's certificates can verify it.
func requestHTTPS() error {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the client's error says the same
	server.TLS = &tls.Config{Certificates: []tls.Certificate{serverCertificate()}}
	server.StartTLS()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: host}}}
	response, err := client.Get(server.URL)
	if wrapped := new(url.Error); errors.As(err, &wrapped) {
		return wrapped.Err // without the address
	}
	return response.Body.Close()
}
