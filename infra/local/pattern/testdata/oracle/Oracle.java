import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

/** Answers each line "pattern TAB event" with yes, no, or refused (the pattern is not valid). */
public class Oracle {
    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var answers = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int tab = line.indexOf('\t');
            answers.append(judge(line.substring(0, tab), line.substring(tab + 1))).append('\n');
        }
        System.out.print(answers);
    }

    private static String judge(String pattern, String event) throws Exception {
        var machine = Machine.builder().build();
        try {
            machine.addRule("rule", pattern);
        } catch (Exception refused) {
            return "refused";
        }
        return machine.rulesForJSONEvent(event).isEmpty() ? "no" : "yes";
    }
}
