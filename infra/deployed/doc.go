// Package deployed tests the template as it is deployed, by `make deployed`: expanded for each environment of samconfig.toml, created on an
// emulator of AWS, and with the built functions running in the environment that they get there. The tests have the build tag deployed, since
// they need what make fetches, expands and builds for them.
package deployed
