/**
 * The most frequent little words of each language in Latin script, by the name of its text-search configuration.
 * Polish, Czech and Vietnamese have none in PostgreSQL: they are here so that they are not taken for something else.
 */
export const FUNCTION_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  english: words(`the of and to in is that it was for on with as are be this have from or by not but what all were we
    when your can said there an each which she do how their if will up about out many then them these so some her would
    him into has more two go no could my than been who its now did get you they at i me our just`),
  german: words(`der die das und ist nicht ich wir mit für auf dem den ein eine einen einem einer zum zur bis vom beim
    nach noch bei von am im um kein keine sind hat haben wurde werden dass auch muss sich es sie er als aus oder aber
    wie wenn über durch war nur vor zu an so man mein wird kann unter zwischen des`),
  french:
    words(`le la les des une est et pour avec dans sur pas que qui nous vous il elle au aux ce cette ces son sa ses
    mes du par plus ne se sont mais ou où être avoir fait comme tout leur bien si y ont été très chez un de je à sans
    d l c j n s qu`),
  spanish:
    words(`el los las del una es y para con en por que un al lo su mi se no más pero como está son fue hay muy todo
    ya o este esta cuando también hasta donde desde nos sobre entre sin ser tiene le me la de si porque qué sus`),
  portuguese:
    words(`o os as um uma do da dos das em no na nos nas para com por que não mais mas como está são foi há muito
    tudo já ou este esta quando também até onde desde sobre entre sem ser tem me ao à pelo pela seu sua é e eu você de`),
  italian: words(`il lo gli una del della dei delle degli nel nella per con che non è e di da su più ma come sono stato
    questo questa quando anche fino dove ho ha si mi ci al alla ai alle dal dalla un i le se era molto tutto o`),
  dutch: words(`het een en van de is dat op te zijn met voor niet aan er om dan zou ook maar uit door bij naar heeft ze
    wordt nog wel geen hij ik je we over deze dit die in was als kan worden moet of hun mijn wat werd toen`),
  danish:
    words(`og det en er til på de med han af for ikke der var jeg et som har men om hun fra vi havde kan ud skal hvad
    også efter være blev nu noget eller hvor når mig dig hvis op mod den at i sig ved kun meget`),
  norwegian:
    words(`og det en er til på de med han av for ikke der var jeg et som har men om hun fra vi hadde kan ut skal
    hva også etter være ble nå noe eller hvor når meg deg hvis opp mot den at i seg ved bare mye`),
  swedish:
    words(`och det en är till på de med han av för inte där var jag ett som har men om hon från vi hade kan ut ska
    vad också efter vara blev nu något eller hur när mig dig upp mot den att i sig vid bara mycket så`),
  finnish: words(`ja on ei se että oli hän mutta niin kun kuin tai jos ovat myös minä sinä mitä joka ole olen sen tämä
    nyt sitten vain kanssa hyvin voi pitää mukaan jälkeen ennen ne me`),
  hungarian:
    words(`a az és hogy nem is egy volt van de meg ez csak már még ha mint ki el vagy azt ezt fel lesz kell majd
    nagyon után előtt minden én te ő mi`),
  romanian:
    words(`și în la cu de pe nu este care mai din pentru să un o ce au fost dar sau ca am prin după până când foarte
    fi sunt lui ei acest această se că al ale`),
  turkish: words(`ve bir bu da de için ile çok ne daha var gibi olarak sonra kadar ama o mi değil olan en her ya ben sen
    biz şey önce göre çünkü veya ki`),
  catalan: words(`el els les una del de la i per amb que no és són més però com està quan també fins on des sobre entre
    sense ser té em al als pel pels aquest aquesta hi ha molt un en o va seva seu`),
  indonesian:
    words(`yang dan di itu dengan untuk tidak ini dari dalam akan pada juga ke karena ada saya mereka kami kita
    sudah atau bisa oleh adalah seperti lebih telah harus tapi apa`),
  polish:
    words(`i w na z się nie do to że jest o jak po ale co od za tak przez już dla czy tylko są był była może być oraz
    który która a bardzo gdy przed ich jego`),
  czech: words(`a se na v je že to s z do o i jako za pro ale jsou k jsem ve po byl by tak jak si být nebo už bude jeho
    které který aby také před není co když`),
  vietnamese: words(`và của là có không được cho một với những các trong này đã để khi người ở từ đến tôi về như cũng ra
    vào nhưng làm sẽ`),
};

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
