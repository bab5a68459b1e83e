// Package deployed tests the template as it is deployed, by `make deployed`: expanded for the environments of samconfig.toml and for another issuer, created on an
// emulator of AWS, and with the built functions running in the environment that they get there. The tests have the build tag deployed, since
// they need what make fetches, expands and builds for them.
package deployed
