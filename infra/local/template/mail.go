package template

import "strings"

// configurationSet adds a name that mails may be sent under.
func (r *reader) configurationSet(p pair) error {
	n, err := r.attribute(p.line, p.key, "")
	if err != nil {
		return err
	}
	if _, known := r.out.ConfigurationSets[n.text()]; !known {
		r.out.ConfigurationSets[n.text()] = nil
	}
	return nil
}

// mailEvents adds what is said of the mails of a configuration set.
func (r *reader) mailEvents(p pair) error {
	n, err := r.resolve(p.value.get("Properties"))
	if err != nil {
		return err
	}
	if err := n.only("ConfigurationSetName", "EventDestination"); err != nil {
		return err
	}
	destination := n.get("EventDestination")
	if err := destination.only("Name", "Enabled", "MatchingEventTypes", "EventBridgeDestination"); err != nil {
		return err
	}
	bus := destination.get("EventBridgeDestination", "EventBusArn")
	if !strings.HasSuffix(bus.text(), ":event-bus/"+defaultBus) {
		return destination.errorf("SES says what became of mails on the account's default bus alone")
	}
	if destination.get("Enabled").text() != "true" { // which it is not by itself
		return nil
	}
	set := n.get("ConfigurationSetName").text()
	for _, kind := range destination.get("MatchingEventTypes").items() {
		r.out.ConfigurationSets[set] = append(r.out.ConfigurationSets[set], kind.text())
	}
	return nil
}
