// Package secrets knows what a secret is called and takes it out of text: of the heads and bodies that trace sessions
// keep, and of everything that goes into an archive for somebody else's eyes.
//
// It decides by names (Named): what is called Authorization, password or apikey has a secret for its value, whatever the
// value looks like. Only three things are recognised by their form: JSON Web Tokens, what follows Bearer or Basic, and
// the user of a URL. Mask finds names and values in text of any kind without knowing which kind it is, because bodies,
// logs and configurations come in all of them, and cut off anywhere.
package secrets
