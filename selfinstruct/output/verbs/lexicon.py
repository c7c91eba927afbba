"""The words that the verb-noun analysis knows: verbs, closed classes, common adjectives."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = _words(
    """
    abandon abolish absorb abuse accelerate accept access accommodate accompany accomplish account
    accumulate accuse achieve acknowledge acquire act activate adapt add address adjust administer
    admire admit adopt advance advertise advise advocate affect afford agree aid aim alert align
    allocate allow alter amend amplify amuse analyse analyze animate announce annotate answer
    anticipate apologize appeal appear append apply appoint appreciate approach approve
    approximate argue arise arrange arrest arrive articulate ask assemble assert assess assign
    assist associate assume assure attach attack attain attempt attend attract attribute augment
    author authorize automate avoid award back bake balance ban base battle bear beat become beg
    begin behave believe belong bend benefit bet bind bite blame blend block blow board boil bold
    book
    boost borrow bother bounce bound brainstorm break breathe breed brew bring broadcast brush
    build burn bury buy calculate call cancel capitalize capture care carry cast catch categorise
    categorize cause celebrate center challenge change characterize charge chart chase check
    cheer choose circle cite claim clarify classify clean clear click climb cluster close coach
    code collaborate colour collapse collect color combat combine come comfort comment commit
    communicate compare compel compete compile complain complete complement comply compose
    compress comprise compute conceive concentrate conclude condense conduct configure confirm
    confuse congratulate connect consider consist console consolidate constitute construct
    consult consume contact contain contemplate contest continue contrast contribute control
    convert convey convince cook cool coordinate cope copy correct correlate correspond cost
    count counter cover crack craft crash crawl create criticize critique cross crush cry
    cultivate customize cut cure damage dance dare debate debug decay decide declare decline
    decode decompose decorate decrease dedicate deduce deduct defeat defend define delay delegate
    delete deliver demand demonstrate deny depart depend depict deploy derive descend describe
    deserve design desire destroy detail detect deter determine develop devise devote diagnose
    diagram dictate die differ differentiate dig digest dilute direct disagree disappear discard
    discount discourage discover discuss dislike display dispute disrupt dissolve distinguish
    distribute dive divide do document dominate donate double doubt download draft drag draw
    dream dress drink drive drop dry earn ease eat edit educate elaborate elect eliminate email
    embed embrace emerge emit emphasize employ empower enable encode encounter encourage encrypt
    end endorse endure enforce engage enhance enjoy enlarge ensure enter entertain enumerate
    equal erase escape establish estimate evaluate evolve examine exceed exchange exclude
    execute exercise exert exhibit exist exit expand expect expedite experience experiment
    explain exploit explore export expose express extend extract face facilitate factor fail
    fall familiarize farm fasten favor fear feature feed feel fetch fight figure file fill film
    filter finalize finance find finish fire fit fix flash flatten flee flip float flow fly focus
    fold follow forecast foresee forget forgive form format formulate foster frame free freeze
    fry fulfill function fund gain gather gauge generate gesture get give glance glow go govern
    grab grade grant graph greet grind group grow guarantee guard guess guide handle hang happen
    harm harvest hate have heal hear heat help hide highlight hike hint hire hit hold honor hope
    host hug hunt hurry hurt hypothesize identify ignite ignore illustrate imagine imitate
    immerse impact implement imply import impose impress improve incorporate increase incur
    indent indicate induce infer inflate influence inform inherit inhibit initialize initiate
    inject innovate input insert insist inspect inspire install instruct insult insure integrate
    intend interact interpret interrupt intersect interview introduce invent invert invest
    investigate invite involve isolate italicize iterate join joke journal judge jump justify keep
    kick
    kill kiss knit knock know label lack land last laugh launch lay lead lean leap learn leave
    lecture lend let leverage license lie lift light like limit link liquidate list listen live
    load locate lock log look loop lose love lower maintain make manage manipulate manufacture
    map mark market marry master match matter maximize mean measure meet melt memorize mend
    mention merge migrate mimic mind minimize miss mix model moderate modernize modify monitor
    motivate mount mourn move multiply name narrate narrow navigate need negate negotiate
    nominate normalize note notice notify number nurture obey object observe obtain occupy occur
    offer omit open operate oppose optimize order organise organize originate outline output
    overcome overlap oversee owe own pack paint pair paraphrase park parse part participate pass
    paste pause pay perceive perform permit persist personalize persuade phrase pick picture
    pinpoint pitch place plan plant play plead please plot plug point pollute ponder populate
    portray pose position possess post postpone pour practice praise pray predict prefer prepare
    prescribe present preserve press pretend prevail prevent print prioritize probe proceed
    process procure produce program progress project promise promote prompt pronounce proofread
    propose protect protest prove provide publish pull pump punctuate punish purchase pursue
    push put qualify quantify query question quit quote race raise ramble randomize rank rate
    reach react read realize rearrange reason rebuild recall receive recite recognize recommend
    reconcile reconstruct record recover recreate recruit recycle redesign redo reduce refactor
    refer refine reflect reformat reform reformulate refresh refuse refute regard register
    regret regulate reimagine reinforce reject relate relax release rely remain remark remember
    remind remove rename render renew rent reorder reorganize repair repeat rephrase replace
    replicate reply report repost represent reproduce request require rescue research resemble
    reserve reset resign resist resolve respect respond rest restart restate restore restrict
    restructure result resume retain retell retire retrieve return reuse reveal reverse review
    revise revisit reward rewrite reword rhyme ride ring rise risk roast roll rotate round rub
    ruin rule run rush sail sample satisfy save say scale scan scare schedule score scrape scream
    search secure see seek seem segment select sell send sense separate sequence serve set
    settle shake shape share sharpen shift shine ship shoot shop shorten shout show shrink shut
    sign signal signify simplify simulate sing sink sit sketch skip sleep slice slide slow smell
    smile smoke soften solicit solve sort sound spark speak specify spell spend spill spin split
    spot spray spread stand start state stay steal stick stimulate stop store strengthen stress
    stretch strike strip structure struggle study style submit subtract succeed suffer suggest
    suit sum summarise summarize supply support suppose surf surprise surround survey survive
    suspect sustain swap sweep swim switch symbolize synthesize tackle tag take talk target taste
    teach tear tell tend terminate test thank think threaten throw tidy tie title toggle tokenize
    total touch trace track trade trail train transcribe transfer transform translate transmit
    transport transpose travel treat trigger troubleshoot trim triple truncate trust try tune turn
    tweak tweet retweet
    type uncover undergo underline understand undertake undo unify unite unlock unscramble
    update upgrade upload upset urge use utilize vacuum validate value vary verify view violate
    visit visualise visualize voice volunteer vote wait wake walk want warm warn wash waste watch
    water wave weaken wear weave weigh welcome whisper widen win wish withdraw witness wonder
    work worry wrap write yell yield
    """
)
"""Base forms."""

IRREGULAR = {
    form: base
    for line in """
    arise arose arisen|bear bore borne born|beat beaten|become became|begin began begun|bend bent
    bet|bind bound|bite bit bitten|blow blew blown|break broke broken|breed bred|bring brought
    build built|burn burnt|buy bought|catch caught|choose chose chosen|come came|cost|cut
    dig dug|do did done does|draw drew drawn|dream dreamt|drink drank drunk|drive drove driven
    eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled
    fly flew flown
    forecast|foresee foresaw foreseen|forget forgot forgotten|forgive forgave forgiven
    freeze froze frozen|get got gotten|give gave given|go went gone goes|grind ground
    grow grew grown
    hang hung|have had has|hear heard|hide hid hidden|hit|hold held|hurt|keep kept|know knew known
    lay laid|lead led|learn learnt|leave left|lend lent|let|lie lay lain lying|lose lost|make made
    mean meant|meet met|overcome overcame|oversee oversaw overseen|pay paid|put|quit|read
    retell retold|rewrite rewrote rewritten|rebuild rebuilt|ride rode ridden|ring rang rung
    rise rose risen|run ran|say said|see saw seen|seek sought|sell sold|send sent|set
    shake shook shaken
    shine shone|shoot shot|show shown|shrink shrank shrunk|shut|sing sang sung|sink sank sunk
    sit sat
    sleep slept|slide slid|speak spoke spoken|spend spent|spin spun|split|spread|stand stood
    steal stole stolen|stick stuck|strike struck|swim swam swum|take took taken|teach taught
    tear tore torn|tell told|think thought|throw threw thrown|undergo underwent undergone
    understand understood|undertake undertook|undo undid undone|wake woke woken|wear wore worn
    weave wove woven|win won|withdraw withdrew withdrawn|write wrote written|die dying|tie tying
    """.replace("\n", "|").split("|")
    if line.strip()
    for base, *forms in [line.split()]
    for form in forms
}
"""Irregular forms and their base."""

PARTICIPLES = _words(
    """
    arisen borne born beaten become begun bent bet bound bitten blown broken bred brought built
    burnt bought caught chosen come cost cut dug done drawn drunk driven eaten fallen fed felt
    fought found flown forgotten frozen given gone ground grown hung heard hidden hit held hurt
    kept known laid led learnt left lent lost made meant met overcome paid put read rewritten
    ridden rung risen run said seen sought sold sent set shaken shot shown shrunk shut sung sunk
    slept spoken spent spun split spread stood stolen stuck struck taken taught torn told thought
    thrown understood undone woken worn woven won withdrawn written
    """
)
"""Irregular past participles."""

BE = _words("be is are was were am been being 's 're 'm isn aren wasn weren ain")
HAVE = _words("have has had having 've haven hasn hadn")
DO = _words("do does did doing don doesn didn done")
MODALS = _words(
    """can could will would shall should may might must ought cannot ca wo 'll 'd couldn
    wouldn shouldn mustn mightn needn"""
)
DETERMINERS = _words(
    """a an the this that these those my your his her its our their some any each every no another
    either neither both all several many few most more much such enough whose various certain
    multiple numerous other own same different"""
)
ARTICLES = _words("a an the this these those my your his her its our their some each every another")
PRONOUNS = _words(
    """i me you he him she it we us they them who whom myself yourself himself herself itself
    ourselves themselves someone somebody anyone anybody everyone everybody something anything
    everything nothing one ones mine yours hers ours theirs none which what this that these those
    there here"""
)
INDIRECT = _words("me us him her them you it")
NUMBERS = _words(
    """one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty
    thirty forty fifty hundred thousand million billion half dozen first second third"""
)
PREPOSITIONS = _words(
    """about above across after against along among amongst around as at before behind below
    beneath beside besides between beyond by concerning despite during except for from in inside
    into like near of off on onto opposite out outside over past per regarding since through
    throughout till to toward towards under underneath unlike until up upon versus via vs with
    within without than including excluding using based following according given such down away
    according because if when while whether so"""
)
SUBORDINATORS = _words(
    "if when while although though because since after before unless until as once whenever given"
)
WH = _words("what which who whom whose where when why how")
CONJUNCTIONS = _words("and or but nor yet so then plus &")
PARTICLES = _words("up down out off away back")
ADVERBS = _words(
    """please kindly now then next first firstly second finally lastly also just simply only
    otherwise instead however therefore thus here there always never often usually sometimes
    still already yet even ever again soon today tonight tomorrow yesterday not n't too very
    quite rather best better well together hence moreover furthermore additionally ok okay hi
    hello hey dear so alternatively perhaps maybe actually really almost nearly likely further
    long once twice more most less least"""
)
INTENSIFIERS = _words("very highly fully extremely more most less least really quite well newly")
ADJECTIVES = _words(
    """able accurate active actual advanced ancient appropriate average bad basic beautiful big
    black blue blank brief bright broad brown busy calm cheap clean clear clever closed cold
    common complete complex compound concise concrete convincing cool correct current cute daily
    dark deep detailed digital direct diverse easy effective efficient empty engaging entire
    equal exact expensive fair false famous fast final fine fit formal free fresh friendly full
    fun funny future general gentle given good grand great green gray grey happy hard healthy
    heavy high hot huge humorous human ideal important informal interesting intriguing joint key
    kind large last late latest lazy legal light little local long lovely low main major mean
    medium mini minor modern mobile new nice normal novel odd old online only open outdoor past
    perfect persuasive personal plain pleasant polite poor popular possible precise present
    proper public quick quiet random rare raw real recent red related relevant rich right round
    sad safe sample scary secret serious sharp short silly similar simple single slow small smart
    social soft solid sour special specific standard strange strict strong sudden suitable sweet
    tall thin tidy tiny true twist unique upbeat upcoming urgent useful valid vast vivid warm
    weak weekly white whole wide wild wise worst wrong yellow young yearly monthly two-digit
    step-by-step five-step four-line one-page two-page hypothetical fictional imaginary
    """
)
"""Adjectives that no ending tells."""

GERUND_NOUNS = _words(
    """accounting advertising banking beginning blogging branding brainstorming building clothing
    computing cooking cleaning coding dancing diving drawing dining driving engineering ending
    farming feeling finding fishing funding gaming gardening greeting hearing hiking housing
    killing landing learning lighting listing living manufacturing marketing meaning meeting
    modeling morning evening networking nursing opening painting parking parenting planning
    pricing processing programming publishing rating reading recording recycling reporting
    riding running saying screening selling setting shipping shopping singing spelling spring
    string swimming teaching testing thing training trading travelling understanding vending
    volunteering wedding wing warning washing weighting working writing clustering reasoning
    packaging filing staffing ring king being earning saving sibling ceiling pudding timing"""
)
"""Words in -ing that stand inside noun phrases."""

PLURALS = {
    "children": "child",
    "larvae": "larva",
    "men": "man",
    "women": "woman",
    "people": "people",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "criteria": "criterion",
    "phenomena": "phenomenon",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "analyses": "analysis",
    "hypotheses": "hypothesis",
    "synopses": "synopsis",
    "theses": "thesis",
    "crises": "crisis",
    "bases": "basis",
    "parentheses": "parenthesis",
    "movies": "movie",
    "cookies": "cookie",
    "zombies": "zombie",
    "selfies": "selfie",
    "hobbies": "hobby",
    "pies": "pie",
    "ties": "tie",
    "lies": "lie",
    "calories": "calorie",
    "quizzes": "quiz",
    "leaves": "leaf",
    "lives": "life",
    "knives": "knife",
    "wives": "wife",
    "halves": "half",
    "wolves": "wolf",
    "shelves": "shelf",
    "themselves": "themselves",
    "heroes": "hero",
    "potatoes": "potato",
    "tomatoes": "tomato",
    "shoes": "shoe",
    "buses": "bus",
    "gases": "gas",
    "viruses": "virus",
    "bonuses": "bonus",
    "statuses": "status",
    "thesauruses": "thesaurus",
    "lenses": "lens",
    "axes": "axis",
    "caches": "cache",
    "headaches": "headache",
}
"""Nouns whose singular no rule gives."""

SAME = _words(
    """series species news mathematics physics economics politics statistics ethics athletics
    gymnastics logistics genetics linguistics graphics lyrics means lens bus gas virus status
    bonus campus focus genus census consensus corpus thesis basis analysis crisis diagnosis
    emphasis hypothesis oasis axis canvas atlas bias chaos glasses pants
    scissors thanks headquarters diabetes aids tennis this its his us plus yes is was has
    kudos ethos cosmos kg"""
)
"""Nouns in -s that are their own singular."""

LABELS = _words(
    """question title answer review claim context input output instruction instructions task text
    facts fact article passage paragraph sentence premise hypothesis example examples option
    options note prompt problem scenario statement code data goal topic story document dialogue
    summary"""
)
"""Words that are labels, not verbs, where they stand alone before a colon."""

PLAIN_VERBS = _words(
    """make have mean take get give go come know want become contain include provide say see think
    tell keep produce require seem exist occur happen describe create affect allow believe belong
    bring choose consider decide differ eat enable explain express feel find follow grow improve
    increase involve learn lead live lose occur perform prevent receive refer represent speak
    solve suggest understand use write develop"""
)
"""Verbs that are hardly ever nouns."""

NOUNS_LIKE_ADJECTIVES = _words(
    """student content president client event agent patient parent accident restaurant assistant
    plant talent element consultant participant ingredient incident accountant defendant
    descendant infant giant merchant servant tenant variant constant quotient coefficient
    gradient percent extent intent rent scent cent tent category story history theory factory
    laboratory directory memory victory territory inventory dictionary library diary salary
    summary boundary vocabulary glossary secretary anniversary itinerary commentary documentary
    missionary table vegetable timetable variable cable fable fabric rubric metric topic
    critic clinic mechanic comic statistic characteristic attic traffic arctic detective objective
    perspective narrative adjective alternative initiative executive native motive archive hive
    olive relative directive incentive derivative guest quest forest request test interest contest
    harvest chest nest protest west rest manual ritual visual individual editorial tutorial
    material trial professional proposal official memorial vegetarian testimonial potential
    essential fish wish dish radish polish finish publish"""
)
"""Nouns whose endings look like an adjective's."""

AFTER_NOUNS = _words(
    """similar related relevant suitable due available appropriate responsible necessary needed
    capable equal familiar specific different opposite typical common unique"""
)
"""Adjectives that may follow their noun: "a word similar to this"."""
