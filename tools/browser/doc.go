// Package browser has one test: a person walks the playbook in a real browser.
//
// It is a module of its own, so that what drives the browser never becomes a dependency of the product. The test builds
// the program from the checkout, starts it with its embedded lab, and lets Chromium do what the playbook says: start a
// session, see the failing call arrive, read the fault code, copy the message id, find it in system.log. It also checks
// what a page must not do: log errors, ask other hosts for anything, need a mouse, or scroll sideways on a phone.
//
// Screenshots of every station are in the directory named by ARTIFACTS, else in the test's own, which
// go test -artifacts keeps.
package browser
