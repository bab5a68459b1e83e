package stack

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"

	dynamodblocal "prism-access/infra/dynamodb-local"
	"prism-access/infra/local/template"
	"prism-access/internal/boot"
)

// Sample is a subscriber as another team would deploy it, with a template of its own: a rule on our bus, and what it leads to.
type Sample struct {
	Template   string            // path; the folder it lies in names the table
	Parameters map[string]string // of the template, besides the name of the bus
	Function   boot.Function     // nil when it has none
	Name       string            // folder of the function beside the template
	Table      string            // logical id of its table; "" when it has none
}

// TableName is what its table is called here.
func (s Sample) TableName() string { return filepath.Base(filepath.Dir(s.Template)) }

// join lets a sample run with the stack. It is no function of ours: no statements of its role are held here.
func (s *Stack) join(ctx context.Context, sample Sample) error {
	values := s.values()
	maps.Copy(values.Parameters, sample.Parameters)
	if sample.Table != "" {
		if err := dynamodblocal.CreateTableNamed(ctx, s.o.Endpoint, sample.Template, sample.TableName()); err != nil {
			return fmt.Errorf("sample %s: %w", sample.Name, err)
		}
		values.Attributes[sample.Table] = sample.TableName()
	}
	values.Folder = "."
	values.Parameters["BusName"] = s.template.Buses[0]
	read, err := template.Read(sample.Template, values)
	if err != nil {
		return err
	}
	for _, f := range read.Functions {
		f.Role = nil
		f.Env["AWS_ENDPOINT_URL_DYNAMODB"] = s.o.Endpoint
		s.template.Functions = append(s.template.Functions, f)
	}
	s.template.Queues = append(s.template.Queues, read.Queues...)
	s.template.Rules = append(s.template.Rules, read.Rules...)
	s.template.Consumers = append(s.template.Consumers, read.Consumers...)
	s.template.Alarms = append(s.template.Alarms, read.Alarms...)
	return nil
}

// wiring returns that of a function of the template or of a sample, nil for none.
func (s *Stack) wiring(name string) boot.Function {
	for _, sample := range s.o.Samples {
		if sample.Name == name {
			return sample.Function
		}
	}
	return s.o.Functions[name]
}
