package stack

import (
	"context"
	"fmt"
	"path/filepath"

	dynamodblocal "prism-access/infra/dynamodb-local"
	"prism-access/infra/local/template"
	"prism-access/internal/boot"
)

// Sample is a subscriber as another team would deploy it, with a template of its own: a rule on our bus, queues, a function, and a table.
type Sample struct {
	Template string // path; the folder it lies in names the table
	Function boot.Function
	Name     string // folder of the function beside the template
	Table    string // logical id of its table
}

// TableName is what its table is called here.
func (s Sample) TableName() string { return filepath.Base(filepath.Dir(s.Template)) }

// join lets a sample run with the stack. It is no function of ours: no statements of its role are held here.
func (s *Stack) join(ctx context.Context, sample Sample) error {
	if err := dynamodblocal.CreateTableNamed(ctx, s.o.Endpoint, sample.Template, sample.TableName()); err != nil {
		return fmt.Errorf("sample %s: %w", sample.Name, err)
	}
	values := s.values()
	values.Folder = "."
	values.Parameters["BusName"] = s.template.Buses[0]
	values.Attributes[sample.Table] = sample.TableName()
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
